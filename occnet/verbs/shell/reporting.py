"""What a command prints of the files that it does: a table, or a line of JSON each, what failed, and its exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from occnet.errors import OccnetError
from occnet.pipeline.many.jobs import Job, Jobs
from occnet.pipeline.many.outcome import Outcome
from occnet.pipeline.phases import listening
from occnet.pipeline.progress import progress_bar
from occnet.verbs.shell.exit_codes import EXIT_INTERRUPTED, EXIT_NOT_SOUND
from occnet.verbs.shell.file_options import ReportingOptions
from occnet.verbs.shell.start_time import seconds_since_start

_HEADER = "solid        faces  pieces   genus        volume  seconds  file"


def print_json(outcome: Outcome) -> None:
    """Print an outcome as a line of JSON, at once."""
    print(json.dumps(outcome.as_plain(), ensure_ascii=False, allow_nan=False), flush=True)


@contextmanager
def error_as_json(given: Sequence[str], output: str | None, options: ReportingOptions) -> Iterator[None]:
    """Where JSON is asked for of one file, its error is a line of that, too, before it goes on its way."""
    try:
        yield
    except OccnetError as problem:
        if options.json and len(given) == 1:
            print_json(Outcome(Job(Path(given[0]), None if output is None else Path(output)), error=str(problem)))
        raise


def told(outcomes: Generator[Outcome, None, None], plan: Jobs, doing: str, options: ReportingOptions) -> int:
    """Print the outcomes of a plan as they come, and at the end how many there were and what failed; the exit code.

    doing: what is done, as "Reconstructing", for the bar on a terminal.
    """
    seen = _Seen(plan.jobs)
    try:
        with closing(outcomes), progress_bar(options.silent) as bar:
            task = bar.add_task(doing, total=len(plan.jobs), note="")
            if not options.silent:
                print(_HEADER)
            with listening(lambda phase: bar.update(task, note=seen.note(phase))):
                for outcome in outcomes:
                    seen.add(outcome)
                    bar.update(task, advance=1, note=seen.note())
                    if options.json:
                        print_json(outcome)
                    elif not options.quiet and not outcome.kept:
                        print(_row(outcome), flush=True)
    except KeyboardInterrupt:
        print(f"occnet: interrupted; {seen.whole():,} of {_files(len(plan.jobs))} finished and whole.", file=sys.stderr)
        return EXIT_INTERRUPTED
    if not options.silent:
        print(seen.summary(plan))
    _print_failures(seen, len(plan.jobs))
    return EXIT_NOT_SOUND if seen.failed or seen.unsound else 0


class _Seen:
    """The outcomes so far, in numbers, and those that failed."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.done = self.unsound = self.kept = 0
        self.failed: list[Outcome] = []
        self._before = {job: _stamp(job) for job in jobs}

    def whole(self) -> int:
        """How many are finished, with those of workers of which nothing was heard any more."""
        if all(job.destination is None for job in self._before):
            return self.done
        return self.kept + sum(_stamp(job) != before for job, before in self._before.items())

    def add(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.failed.append(outcome)
            return
        self.kept += outcome.kept
        self.done += not outcome.kept
        self.unsound += not outcome.sound

    def note(self, phase: str = "") -> str:
        return ", ".join([*([f"{len(self.failed):,} failed"] if self.failed else []), *([phase] if phase else [])])

    def summary(self, plan: Jobs) -> str:
        place = f"in {plan.folder}" if plan.folder else "read" if plan.jobs[0].destination is None else "written"
        parts = [f"{self.done + self.kept:,} of {_files(len(plan.jobs))} {place}"]
        parts += [f"{self.kept:,} kept from before"] if self.kept else []
        parts += [f"{self.unsound:,} bound no solid"] if self.unsound else []
        parts += [f"{len(self.failed):,} failed"] if self.failed else []
        parts += [f"{_files(plan.passed_over)} of other kinds passed over"] if plan.passed_over else []
        beside = "picture beside the scans" if plan.pictures == 1 else "pictures beside the scans"
        parts += [f"{plan.pictures:,} {beside} passed over (--model image reads pictures)"] if plan.pictures else []
        return f"{'; '.join(parts)}. {seconds_since_start():.2f} s"


def _stamp(job: Job) -> tuple[int, int] | None:
    """What tells an output from one that was there before; None where there is none."""
    if job.first is None or not job.first.exists():
        return None
    status = job.first.stat()
    return status.st_ino, status.st_mtime_ns


def _files(count: int) -> str:
    return f"{count:,} file{'s' * (count != 1)}"


def _row(outcome: Outcome) -> str:
    proof, name = outcome.certificate, str(outcome.job.source)
    if proof is None:
        return f"{'FAILED':<{_HEADER.index('file')}}{name}"
    genus = "?" if proof.genus is None else f"{proof.genus:,}"
    remarks = [f"{count:,} {problem}" for problem, count in proof.problems.items()]
    agreement = outcome.details.get("agreement") or {"verdict": "good"}
    remarks += [] if agreement["verdict"] == "good" else [f"{agreement['verdict']}: {agreement['reason']}"]
    photo = outcome.details.get("photo")
    remarks += [] if photo is None else [f"expected IoU {photo['expected_iou']:.2f}"]
    numbers = f"{proof.faces:>12,}{proof.components:>8,}{genus:>8}{proof.volume:>14.6g}{sum(outcome.seconds.values()):>9.2f}"
    return f"{'yes' if proof.ok else 'NO':<6}{numbers}  {name}{': ' if remarks else ''}{', '.join(remarks)}"


def _print_failures(seen: _Seen, total: int) -> None:
    if not seen.failed:
        return
    print(f"occnet: {len(seen.failed):,} of {_files(total)} failed:", file=sys.stderr)
    for outcome in seen.failed:
        source, error = str(outcome.job.source), outcome.error or ""
        print(f"  {error}" if source in error else f"  {source}: {error}", file=sys.stderr)
        print(outcome.traceback, end="", file=sys.stderr)
