"""Many broken meshes -> a solid each."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

from occnet.files.meshes import READERS
from occnet.pipeline.many.crew import Crew
from occnet.pipeline.many.jobs import Job, Jobs, plan_meshes
from occnet.pipeline.many.outcome import Outcome
from occnet.pipeline.many.run import run_jobs
from occnet.pipeline.repair import Repaired, repair_file
from occnet.pipeline.repair_options import RepairOptions


def plan_repairs(given: Sequence[str], output: str, form: str | None = None) -> Jobs:
    """Which file becomes which solid; see `plan_meshes`."""
    return plan_meshes(given, output, READERS, form)


def repair_files(
    jobs: Sequence[Job], options: RepairOptions, crew: Crew, *, keep_existing: bool = False
) -> Generator[Outcome, None, None]:
    """The outcome of each repair as it is finished; see `run_jobs`."""
    return run_jobs(partial(_repaired, options), jobs, crew, keep_existing=keep_existing)


def outcome_of(job: Job, result: Repaired) -> Outcome:
    """What is told of a repair that was written."""
    details = {"repairs": list(result.repairs), "given_faces": result.given_faces, "kept_faces": result.kept_faces}
    return Outcome(job, result.certificate, result.seconds, details)


def _repaired(options: RepairOptions, job: Job) -> Outcome:
    assert job.destination is not None
    return outcome_of(job, repair_file(job.source, job.destination, options))
