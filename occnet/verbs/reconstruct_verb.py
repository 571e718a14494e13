"""`occnet reconstruct`: its arguments, and what it prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TextIO

from tyro.conf import Positional, arg

from occnet.errors import OccnetError
from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.many.crew import Crew
from occnet.pipeline.progress import signs_of_life
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.file_options import ReportingOptions, WritingOptions
from occnet.verbs.shell.quick_imports import quick_imports
from occnet.verbs.shell.standard_streams import STREAM, as_named, input_as_file, output_as_file, text_stream
from occnet.verbs.shell.start_time import seconds_since_start

if TYPE_CHECKING:
    from occnet.pipeline.many.jobs import Job
    from occnet.pipeline.reconstruct.reconstruction import Reconstruction


def reconstruct(
    scan: Positional[Annotated[tuple[str, ...], arg(metavar="SCAN...", help_behavior_hint="(required)")]],
    output: Annotated[str, arg(aliases=["-o"], metavar="MESH|FOLDER")],
    options: Annotated[ReconstructOptions, arg(name="")] = ReconstructOptions(),  # noqa: B008 (frozen)
    writing: WritingOptions = WritingOptions(),  # noqa: B008
    reporting: ReportingOptions = ReportingOptions(),  # noqa: B008
    crew: Crew = Crew(),  # noqa: B008
) -> int:
    """Turn scans, photos or voxels into watertight meshes, where a file has any in its own coordinates and units.

    Exits with 0 if every mesh bounds a solid (or is a clean surface, where it is open); with 1 if one was written but does not,
    or if some of many files failed; with 2 if there is none (or, with --strict, a poor one); with 130 after Ctrl-C.

    Args:
        scan: a cloud (ply, pcd, ptx, e57, las, xyz, csv, npy, npz, a mesh's vertices); or a photo; or voxels (binvox, npy,
            npz); or a depth picture, with --intrinsics. Or many: files, folders, patterns in quotes ('scans/**/*.ply'); -
            is standard input
        output: the mesh to write: ply, obj, stl, off or glb; - is standard output. Of many, a folder, in which the inputs'
            folders are kept
    """
    with signs_of_life(reporting.silent, "start-up"), quick_imports():
        from occnet.pipeline.many.reconstructing import outcome_of, plan_reconstructions, reconstruct_files
        from occnet.pipeline.many.run import is_there, make_folders
        from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
        from occnet.verbs.shell.reporting import error_as_json, print_json, told

    start_up = seconds_since_start()
    if options.cloud.split and output == STREAM:
        raise OccnetError("Standard output, -, holds one mesh, but --split writes several; name a file or a folder.")
    keep_freed_memory()
    with (
        error_as_json(scan, output, reporting),
        input_as_file(scan, reporting.input_format) as given,
        output_as_file(output, writing.format, reporting.json) as target,
    ):
        plan = plan_reconstructions(given, target, options, crew, writing.format)
        if not plan.alone or (writing.keep_existing and is_there(plan.jobs[0])):
            outcomes = reconstruct_files(plan.jobs, options, crew, keep_existing=writing.keep_existing)
            return told(outcomes, plan, "Reconstructing", reporting)
        (job,) = plan.jobs
        assert job.destination is not None
        if plan.folder is not None:
            make_folders(plan.jobs)
        with signs_of_life(reporting.silent):
            result = reconstruct_file(job.source, job.destination, options, others=job.others)
    job = as_named(job, scan, output)
    if reporting.json:
        print_json(outcome_of(job, result))
    elif not reporting.quiet:
        _print(result, job, start_up, text_stream(output))
    if result.certificate.ok:
        return 0
    found = ", ".join(f"{count:,} {name}" for name, count in result.certificate.problems.items())
    fault = "is not a clean surface" if result.certificate.open_surface else "does not bound a solid"
    print(f"occnet: {job.first} is written, but it {fault}: {found}.", file=sys.stderr)
    return EXIT_NOT_SOUND


def _print(result: Reconstruction, job: Job, start_up: float, stream: TextIO) -> None:
    """Print what was found, and how long it took."""
    lines = [f"{'note':<20} {note}" for note in result.notes]
    judged = (result.agreement, result.photo)
    lines += [str(result.certificate), *(str(judgement) for judgement in judged if judgement is not None)]
    names = ", ".join(map(str, result.files)) if job.several else job.destination
    phases = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in {"start-up": start_up, **result.seconds}.items())
    lines += [f"{'time':<20} {seconds_since_start():.2f} s ({phases})", f"{'written to':<20} {names}"]
    print("\n".join(lines), file=stream)
