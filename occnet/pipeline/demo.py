"""The program, shown on an input that comes with it: a mesh, what is known of it, and a page on which both are seen."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from occnet.demo_inputs import demo_input
from occnet.files.inputs import check_apart
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.reconstruct.reconstruction import Reconstruction
from occnet.pipeline.show.view_options import ViewOptions
from occnet.pipeline.show.viewing import save_view


@dataclass(frozen=True, eq=False)
class Demonstration:
    """What was done, and the files: the input, its mesh, and the page."""

    result: Reconstruction
    given: Path
    mesh: Path
    page: Path


def demonstrate(kind: str, folder: Path, resolution: int = 256) -> Demonstration:
    """Reconstruct the example of a kind, scan, photo or voxels, into a folder, which is made if it is not there.

    Raises FileError when it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = demo_input(kind)
    given, mesh = folder / source.name, folder / f"{source.stem}_mesh.ply"
    page = mesh.with_suffix(".html")
    check_apart([given, mesh, page], [source])
    shutil.copyfile(source, given)
    result = reconstruct_file(given, mesh, ReconstructOptions(resolution=resolution))
    save_view([mesh, given], page, ViewOptions(certify=False))
    return Demonstration(result, given, mesh, page)
