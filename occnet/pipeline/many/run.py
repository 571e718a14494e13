"""Many files, one after the other or several at a time: what fails is told, and the others go on."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from occnet.errors import FileError, OccnetError
from occnet.files.atomic import check_folder_of, remove_leftovers
from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.engine import Lost, run_tasks
from occnet.pipeline.many.crew import Crew
from occnet.pipeline.many.jobs import Job
from occnet.pipeline.many.outcome import Outcome

_KILLED = "killed its process twice, probably for want of memory; try it alone, or with fewer workers."


def run_jobs(
    work: Callable[[Job], Outcome], jobs: Sequence[Job], crew: Crew, *, keep_existing: bool = False, gpus: int = 0
) -> Generator[Outcome, None, None]:
    """The outcome of each job as it is finished; where several work, that is another order.

    work: can be pickled. What it raises is the error of its own outcome, with the traceback of a fault of ours.
    keep_existing: where an output is there already, nothing is done. gpus: of a cluster, for each worker alone.

    Raises FileError before any work when a folder for the results cannot be made or written.
    """
    there = [job for job in jobs if keep_existing and is_there(job)]
    left = [job for job in jobs if not (keep_existing and is_there(job))]
    make_folders(left)
    return _outcomes(work, there, left, crew, gpus)


def _outcomes(
    work: Callable[[Job], Outcome], there: Sequence[Job], left: Sequence[Job], crew: Crew, gpus: int
) -> Generator[Outcome, None, None]:
    for job in there:
        yield Outcome(job, kept=True)
    threads = 1 if crew.engine == "ray" else max(1, _cores() // crew.workers)
    folder = Path.cwd() if crew.engine == "ray" else Path()  # machines of a cluster have another current folder
    perform = partial(_in_worker, work, folder) if crew.apart else partial(_attempted, work)
    results = run_tasks(perform, left, lambda *_: None, workers=crew.workers, engine=crew.engine, threads=threads, gpus=gpus)
    try:
        for job, result in results:
            yield Outcome(job, error=f"{job.source} {_KILLED}") if isinstance(result, Lost) else result
    except BaseException:  # an interruption, too: workers are ended in the middle of their work
        results.close()
        for folder in {job.destination.parent for job in left if job.destination is not None}:
            remove_leftovers(folder)
        raise


def is_there(job: Job) -> bool:
    """Whether a result is there already; what is, is whole."""
    return job.first is not None and job.first.is_file() and job.first.stat().st_size > 0


def make_folders(jobs: Sequence[Job]) -> None:
    """Make the folders in which results shall lie. Raises FileError where one of them, or a result, could not be written."""
    for job in jobs:
        if job.destination is None:
            continue
        try:
            job.destination.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                f"The folder {job.destination.parent} cannot be made ({error.strerror or error}); name another one."
            ) from error
        check_folder_of(job.destination)


def _attempted(work: Callable[[Job], Outcome], job: Job) -> Outcome:
    """The outcome of a job, also where it fails."""
    try:
        return work(job)
    except OccnetError as problem:
        return Outcome(job, error=str(problem))
    except MemoryError:
        return Outcome(job, error=f"{job.source} needs more memory than there is; make it smaller, or do fewer at a time.")
    except Exception as problem:  # a fault of ours: the others shall not suffer from it, and it is not hidden
        told = f"{job.source} met a fault of occnet itself ({type(problem).__name__}: {problem}); please report it."
        return Outcome(job, error=told, traceback=traceback.format_exc())


def _in_worker(work: Callable[[Job], Outcome], folder: Path, job: Job) -> Outcome:
    """The outcome of a job whose relative paths start from a folder."""
    keep_freed_memory()  # the process is ours alone
    destination = None if job.destination is None else folder / job.destination
    others = tuple(folder / other for other in job.others)
    there = replace(job, source=folder / job.source, destination=destination, others=others)
    return replace(_attempted(work, there), job=job)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
