"""What a terminal shows while a job goes on: that it lives, how far it has come. On standard error, and on terminals alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from occnet.pipeline.phases import listening

if TYPE_CHECKING:  # rich is imported where something is shown: it takes a tenth of a second
    from rich.progress import Progress, ProgressColumn

Item = TypeVar("Item")


def progress_bar(silent: bool = False) -> Progress:
    """A bar for tasks with a description, a total and a field `note`, which is shown at its end. silent: on no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    columns += [TextColumn("left:"), TimeRemainingColumn(), TextColumn("{task.fields[note]}")]
    return _shown_by(columns, disable=silent or not sys.stderr.isatty())


def tracked(items: Sequence[Item], title: str) -> Iterator[Item]:
    """The items one by one, and on a terminal a bar that shows how many are done."""
    with progress_bar() as bar:
        task = bar.add_task(title, total=len(items), note="")
        for item in items:
            yield item
            bar.advance(task)


@contextmanager
def signs_of_life(silent: bool = False, phase: str = "") -> Iterator[None]:
    """Within, a terminal shows the phase that has begun last and how long all have taken, until the block ends.

    phase: the one that is under way as the block begins.
    """
    if silent or not sys.stderr.isatty():
        yield
        return
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    with _shown_by([SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()], transient=True) as shown:
        task = shown.add_task(phase)
        with listening(lambda phase: shown.update(task, description=phase)):
            yield


def _shown_by(columns: list[ProgressColumn], disable: bool = False, transient: bool = False) -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(
        *columns,
        console=Console(stderr=True),
        disable=disable,
        redirect_stdout=sys.stdout.isatty(),  # else what is printed into a file would go where the bar is
        transient=transient,
    )
