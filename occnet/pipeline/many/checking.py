"""Many meshes -> what can be proved of each."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from occnet.files.meshes import READERS
from occnet.pipeline.check import Checked, check_file
from occnet.pipeline.many.crew import Crew
from occnet.pipeline.many.jobs import Job, Jobs, plan_checks
from occnet.pipeline.many.outcome import Outcome
from occnet.pipeline.many.run import run_jobs


def plan_examinations(given: Sequence[str]) -> Jobs:
    """Which files are examined; see `plan_checks`."""
    return plan_checks(given, READERS)


def check_files(jobs: Sequence[Job], crew: Crew) -> Generator[Outcome, None, None]:
    """The outcome of each examination as it is finished; see `run_jobs`."""
    return run_jobs(_checked, jobs, crew)


def outcome_of(job: Job, result: Checked) -> Outcome:
    """What is told of a mesh that was examined."""
    return Outcome(job, result.certificate, result.seconds)


def _checked(job: Job) -> Outcome:
    return outcome_of(job, check_file(job.source))
