"""The two tables of a run, `losses.csv` and `validation.csv`: begun, read, and cut where a run goes on from."""

from __future__ import annotations

import math
from pathlib import Path

from occnet.errors import FileError, plainly
from occnet.files.atomic import atomic_path

LOSSES, SCORES = "losses.csv", "validation.csv"
IOU, F_SCORE = "iou", "f_score"
MEASURES = {IOU: "IoU", F_SCORE: "F-score"}  # what a validation measures, of fields and of surfaces; as people write it
COLUMNS = {
    LOSSES: ("step", "loss", "learning_rate", "samples_per_second"),  # the loss: its mean since the line before
    SCORES: ("step", "points", IOU, "threshold"),  # of networks that draw surfaces F_SCORE in its place
}

_REMEDY = "correct it, or move it away to go on without what it tells"


def read_table(path: Path) -> list[dict[str, float]]:
    """The rows of a table, each by its columns. Raises FileError when it is missing or damaged.

    A last line without an end was being written as the machine stopped, and is left out.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileError(f"{path} is missing, so {path.parent} is no run folder; name one that `occnet train` wrote.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise FileError(f"{path} cannot be read ({plainly(problem)}); {_REMEDY}.") from problem
    head, *lines = text[: text.rfind("\n") + 1].split("\n")[:-1] or [""]
    columns = tuple(head.strip().split(","))
    if columns not in _allowed(path):
        raise FileError(f"{path} begins with {head[:60]!r} instead of {','.join(COLUMNS[path.name])!r}; {_REMEDY}.")
    rows = []
    for number, line in enumerate(lines, start=2):
        if line.strip():
            rows.append(dict(zip(columns, _numbers(line, path, number), strict=True)))
    return rows


def _allowed(path: Path) -> list[tuple[str, ...]]:
    """The columns that a table may have."""
    columns = COLUMNS[path.name]
    return [tuple(measure if name == IOU else name for name in columns) for measure in MEASURES]


def measure_of(rows: list[dict[str, float]]) -> str:
    """What the rows of a validation measure: one of MEASURES."""
    return F_SCORE if rows and F_SCORE in rows[0] else IOU


def _numbers(line: str, path: Path, number: int) -> list[float]:
    try:
        values = [float(text) for text in line.split(",")]
        if len(values) != len(COLUMNS[path.name]) or not math.isfinite(values[0]):
            raise ValueError
    except ValueError:
        raise FileError(f"{path}, line {number}, is damaged: {line[:60]!r}; {_REMEDY}.") from None
    return values


def begin_table(path: Path, step: int, measure: str = IOU) -> None:
    """Make the table, or cut off what a run wrote after the step that it goes on from. Raises FileError when it is damaged.

    measure: of the validation.
    """
    kept: list[str] = []
    if path.exists():
        read_table(path)
        text = path.read_text(encoding="utf-8")
        lines = text[: text.rfind("\n") + 1].split("\n")[1:-1]
        kept = [line for line in lines if line.strip() and float(line.split(",")[0]) <= step]
    columns = [measure if name == IOU else name for name in COLUMNS[path.name]]
    with atomic_path(path) as partial:
        partial.write_text("\n".join([",".join(columns), *kept]) + "\n", encoding="utf-8")
