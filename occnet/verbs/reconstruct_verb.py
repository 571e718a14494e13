"""`occnet reconstruct`: its arguments, and what it prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.progress import signs_of_life
from occnet.pipeline.reconstruct.options import ReconstructOptions
from occnet.verbs.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.quick_imports import quick_imports
from occnet.verbs.start_time import seconds_since_start


def reconstruct(
    scan: Positional[Annotated[Path, arg(metavar="SCAN")]],
    output: Annotated[Path, arg(aliases=["-o"], metavar="MESH")],
    options: Annotated[ReconstructOptions, arg(name="")] = ReconstructOptions(),  # noqa: B008 (frozen)
) -> int:
    """Turn a scan, a photo or voxels into a watertight mesh, where the file has any in its own coordinates and units.

    Exits with 0 if the mesh bounds a solid, with 1 if it was written but does not, with 2 if there is none (or, with --strict,
    a poor one).

    Args:
        scan: a cloud (ply, pcd, ptx, e57, las, xyz, csv, npy, npz, a mesh's vertices); or a photo; or voxels (binvox, npy,
            npz)
        output: the mesh to write: ply, obj, stl, off or glb
    """
    with quick_imports():
        from occnet.pipeline.reconstruct.reconstruct import reconstruct_file

    start_up = seconds_since_start()
    keep_freed_memory()
    with signs_of_life():
        result = reconstruct_file(scan, output, options)
    for note in result.notes:
        print(f"{'note':<20} {note}")
    print(result.certificate)
    if result.agreement is not None:
        print(result.agreement)
    phases = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in {"start-up": start_up, **result.seconds}.items())
    print(f"{'time':<20} {seconds_since_start():.2f} s ({phases})")
    print(f"{'written to':<20} {output}")
    if result.certificate.ok:
        return 0
    found = ", ".join(f"{count:,} {name}" for name, count in result.certificate.problems.items())
    print(f"occnet: {output} is written, but it does not bound a solid: {found}.", file=sys.stderr)
    return EXIT_NOT_SOUND
