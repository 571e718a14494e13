"""`occnet repair`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.progress import signs_of_life
from occnet.pipeline.repair_options import RepairOptions
from occnet.verbs.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.quick_imports import quick_imports


def repair(
    mesh: Positional[Annotated[Path, arg(metavar="MESH")]],
    output: Annotated[Path, arg(aliases=["-o"], metavar="SOLID")],
    options: Annotated[RepairOptions, arg(name="")] = RepairOptions(),  # noqa: B008 (frozen)
) -> int:
    """Make a broken mesh one watertight, manifold solid: loose faces dropped, holes filled, sheets thickened, bodies united.

    What is not broken keeps its faces. Exits with 0 if the result bounds a solid, with 1 if it was written but does not.

    Args:
        mesh: the mesh to repair: ply, obj, stl, off, glb or gltf
        output: the mesh to write: ply, obj, stl, off or glb
    """
    with quick_imports():
        from occnet.pipeline.repair import repair_file

    with signs_of_life():
        solid = repair_file(mesh, output, options)
    print(solid.certificate)
    print(f"{'repairs':<20} {', '.join(solid.repairs) or 'none: it was a solid already'}")
    counts = f"{solid.given_faces:,} given, {len(solid.mesh.faces):,} written, {solid.kept_faces:,} of them as they were"
    print(f"{'faces':<20} {counts}")
    print(f"{'written to':<20} {output}")
    return 0 if solid.certificate.ok else EXIT_NOT_SOUND
