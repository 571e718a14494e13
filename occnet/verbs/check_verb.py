"""`occnet check`: its arguments, and what it prints."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.many.crew import Crew
from occnet.pipeline.progress import signs_of_life
from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.file_options import ReportingOptions
from occnet.verbs.shell.quick_imports import quick_imports
from occnet.verbs.shell.standard_streams import as_named, input_as_file


def check(
    mesh: Positional[Annotated[tuple[str, ...], arg(metavar="MESH...", help_behavior_hint="(required)")]],
    reporting: ReportingOptions = ReportingOptions(),  # noqa: B008 (frozen)
    crew: Crew = Crew(),  # noqa: B008
) -> int:
    """Tell whether a mesh bounds a solid, and if not, what is wrong with it; of many meshes, in a line each.

    Exits with 0 if all do; with 1 if one does not, or if some of many could not be read; with 2 if none could; with 130 after
    Ctrl-C.

    Args:
        mesh: the mesh to examine: ply, obj, stl, off, glb or gltf. Or many: files, folders, patterns in quotes
            ('meshes/**/*.obj'); - is standard input
    """
    with signs_of_life(reporting.silent, "start-up"), quick_imports():
        from occnet.pipeline.check import check_file
        from occnet.pipeline.many.checking import check_files, outcome_of, plan_examinations
        from occnet.verbs.shell.reporting import error_as_json, print_json, told

    with error_as_json(mesh, None, reporting), input_as_file(mesh, reporting.input_format) as given:
        plan = plan_examinations(given)
        if not plan.alone:
            return told(check_files(plan.jobs, crew), plan, "Examining", reporting)
        with signs_of_life(reporting.silent):
            checked = check_file(plan.jobs[0].source)
    job = as_named(plan.jobs[0], mesh)
    if reporting.json:
        print_json(outcome_of(job, checked))
    elif not reporting.quiet:
        print(checked.certificate)
    return 0 if checked.certificate.ok else EXIT_NOT_SOUND
