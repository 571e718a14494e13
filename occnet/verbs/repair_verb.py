"""`occnet repair`: its arguments, and what it prints."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.many.crew import Crew
from occnet.pipeline.progress import signs_of_life
from occnet.pipeline.repair_options import RepairOptions
from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.file_options import ReportingOptions, WritingOptions
from occnet.verbs.shell.quick_imports import quick_imports
from occnet.verbs.shell.standard_streams import as_named, input_as_file, output_as_file, text_stream


def repair(
    mesh: Positional[Annotated[tuple[str, ...], arg(metavar="MESH...", help_behavior_hint="(required)")]],
    output: Annotated[str, arg(aliases=["-o"], metavar="SOLID|FOLDER")],
    options: Annotated[RepairOptions, arg(name="")] = RepairOptions(),  # noqa: B008 (frozen)
    writing: WritingOptions = WritingOptions(),  # noqa: B008
    reporting: ReportingOptions = ReportingOptions(),  # noqa: B008
    crew: Crew = Crew(),  # noqa: B008
) -> int:
    """Make broken meshes watertight, manifold solids: loose faces dropped, holes filled, sheets thickened, bodies united.

    What is not broken keeps its faces. Exits with 0 if every result bounds a solid; with 1 if one does not, or if some of many
    files failed; with 2 if nothing could be done; with 130 after Ctrl-C.

    Args:
        mesh: the mesh to repair: ply, obj, stl, off, glb or gltf. Or many: files, folders, patterns in quotes
            ('meshes/**/*.obj'); - is standard input
        output: the mesh to write: ply, obj, stl, off or glb; - is standard output. Of many, a folder, in which the inputs'
            folders are kept
    """
    with signs_of_life(reporting.silent, "start-up"), quick_imports():
        from occnet.pipeline.many.repairing import outcome_of, plan_repairs, repair_files
        from occnet.pipeline.many.run import is_there, make_folders
        from occnet.pipeline.repair import repair_file
        from occnet.verbs.shell.reporting import error_as_json, print_json, told

    with (
        error_as_json(mesh, output, reporting),
        input_as_file(mesh, reporting.input_format) as given,
        output_as_file(output, writing.format, reporting.json) as target,
    ):
        plan = plan_repairs(given, target, writing.format)
        if not plan.alone or (writing.keep_existing and is_there(plan.jobs[0])):
            outcomes = repair_files(plan.jobs, options, crew, keep_existing=writing.keep_existing)
            return told(outcomes, plan, "Repairing", reporting)
        (job,) = plan.jobs
        assert job.destination is not None
        if plan.folder is not None:
            make_folders(plan.jobs)
        with signs_of_life(reporting.silent):
            solid = repair_file(job.source, job.destination, options)
    job = as_named(job, mesh, output)
    if reporting.json:
        print_json(outcome_of(job, solid))
    elif not reporting.quiet:
        lines = [str(solid.certificate), f"{'repairs':<20} {', '.join(solid.repairs) or 'none: it was a solid already'}"]
        counts = f"{solid.given_faces:,} given, {len(solid.mesh.faces):,} written, {solid.kept_faces:,} of them as they were"
        lines += [f"{'faces':<20} {counts}"]
        lines += [f"{'written to':<20} {job.destination}"]
        print("\n".join(lines), file=text_stream(output))
    return 0 if solid.certificate.ok else EXIT_NOT_SOUND
