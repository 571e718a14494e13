"""`occnet prepare`: its arguments, and what it prints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.errors import OccnetError
from occnet.pipeline.prepare.prepare_options import PrepareOptions
from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.quick_imports import quick_imports


def prepare(
    output: Annotated[Path, arg(aliases=["-o"], metavar="DATASET")],
    meshes: Positional[Annotated[Path | None, arg(metavar="MESHES")]] = None,
    synthetic: Annotated[int | None, arg(metavar="SHAPES")] = None,
    synthetic_rooms: Annotated[int | None, arg(metavar="ROOMS")] = None,
    options: Annotated[PrepareOptions, arg(name="")] = PrepareOptions(),  # noqa: B008 (frozen)
) -> int:
    """Make a dataset to train on: points labelled inside or outside, points on the surface, and what else is asked for.

    Run the same command again to go on with an interrupted preparation; run it with more meshes to add those. Broken
    meshes are repaired; report.csv in the dataset tells of each what was done. Exits with 1 if too many were rejected.

    Args:
        output: the folder of the dataset
        meshes: a mesh file, or a folder, a zip archive or a bundle (.npz) of meshes, in any nesting
        synthetic: instead of meshes, the number of procedural shapes to make
        synthetic_rooms: instead of meshes, the number of procedural rooms to make: a floor, walls, and four to eight things
    """
    with quick_imports():
        from occnet.pipeline.prepare.prepare import prepare_meshes, prepare_synthetic
        from occnet.pipeline.prepare.summary import dry_run, report

    if synthetic_rooms is not None:
        if synthetic is not None or options.families or options.categories:
            raise OccnetError("--synthetic-rooms makes rooms alone; leave out --synthetic, --families and --categories.")
        synthetic, options = synthetic_rooms, replace(options, families=("room",))
    if (meshes is None) == (synthetic is None):
        raise OccnetError("prepare needs either MESHES or --synthetic with a number of shapes, and not both.")
    if options.dry_run:
        print(dry_run(meshes, synthetic, options))
        return 0
    if meshes is not None:
        done = prepare_meshes(meshes, output, options)
    else:
        assert synthetic is not None
        done = prepare_synthetic(synthetic, output, options)
    print(report(done, output))
    return EXIT_NOT_SOUND if done.rejected_share > options.most_rejected else 0
