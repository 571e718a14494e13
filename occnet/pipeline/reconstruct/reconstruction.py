"""What the main job returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from occnet.geometry.certificate import Certificate
from occnet.geometry.scan.agreement import Agreement
from occnet.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A mesh, whether it is a solid, whether it is what the scan shows, and how long each part took."""

    mesh: Mesh  # in the input's coordinates
    certificate: Certificate
    agreement: Agreement | None  # with the points of a scan, or the faces of voxels; None for a photo, which has neither
    seconds: dict[str, float]  # by phase
    notes: tuple[str, ...] = ()  # sentences on what was noticed and assumed as the observation was read
    things: tuple[Mesh, ...] = ()  # the parts of the mesh that were made one by one: what stands on a ground, or lies apart
    files: tuple[Path, ...] = ()  # that were written
