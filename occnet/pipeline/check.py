"""A mesh file -> what can be proved of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from occnet.files.meshes import read_mesh
from occnet.geometry.soundness.certificate import Certificate, certify
from occnet.pipeline.phases import Stopwatch


@dataclass(frozen=True)
class Checked:
    """The certificate of a mesh, and how long each phase took."""

    certificate: Certificate
    seconds: dict[str, float]


def check_file(source: Path) -> Checked:
    """The certificate of a mesh file. Raises FileError when it cannot be read."""
    watch = Stopwatch()
    watch.begin("read")
    mesh = read_mesh(source)
    watch.begin("certify")
    certificate = certify(mesh)
    return Checked(certificate, watch.end())
