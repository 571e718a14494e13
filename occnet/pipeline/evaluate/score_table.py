"""Tables of scores: a row for each category and for their mean, as Markdown and as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from occnet.data.splits import category_of
from occnet.files.atomic import atomic_path
from occnet.pipeline.evaluate.scores import ShapeScore, as_published, mean_scores

MEAN, MEAN_OF_CATEGORIES = "mean", "mean of categories"

COLUMNS = {
    "iou": ("IoU", ".3f"),
    "chamfer_l1": ("Chamfer-L1", ".4f"),
    "accuracy": ("accuracy", ".4f"),
    "completeness": ("completeness", ".4f"),
    "chamfer_l2": ("Chamfer-L2", ".5f"),
    "normal_consistency": ("normals", ".3f"),
    "f_score": ("F-score", ".3f"),
    "closed": ("closed", ".0%"),
    "failed": ("failed", ".0%"),
}
"""Scores, by their names in `mean_scores`: what heads their column, and how they are written."""


@dataclass(frozen=True)
class GroupScores:
    """Mean scores of some shapes."""

    group: str  # a category, MEAN, or MEAN_OF_CATEGORIES
    shapes: int
    scores: dict[str, float]


def by_category(scores: Sequence[ShapeScore]) -> list[GroupScores]:
    """The means of each category, of all shapes (MEAN) and, where there are several, of the categories.

    A score that no result has is "-", NaN, in every row; one that some lack counts there as that of a failure.
    """
    groups: dict[str, list[ShapeScore]] = {}
    for score in scores:
        groups.setdefault(category_of(score.name), []).append(score)
    total = GroupScores(MEAN, len(scores), mean_scores(scores))
    if list(groups) == [""]:
        return [total]
    rows = [GroupScores(name or "(none)", len(groups[name]), mean_scores(groups[name])) for name in sorted(groups)]
    if len(rows) > 1:
        means = {key: sum(row.scores[key] for row in rows) / len(rows) for key in total.scores}
        rows.append(GroupScores(MEAN_OF_CATEGORIES, len(scores), means))
    return [*rows, total]


def shown(score: float, form: str) -> str:
    """A score in a table; "-" where what a method makes has no such score."""
    return "-" if math.isnan(score) else format(score, form)


def group_table(rows: Sequence[GroupScores]) -> str:
    """The rows as a Markdown table."""
    head = ["category", "shapes", *(title for title, _ in COLUMNS.values())]
    body = [[row.group, str(row.shapes), *(shown(row.scores[key], form) for key, (_, form) in COLUMNS.items())] for row in rows]
    return markdown(head, body)


def failure_rule(protocol: str) -> str:
    """How a failure counts, in a sentence. protocol: as `CompareOptions` has it."""
    worst = ShapeScore("", failure="none")
    worst = as_published(worst) if protocol == "published" else worst
    return (
        "A shape of which there is no result that can be scored counts in every mean: with IoU, F-score and closedness of 0,\n"
        f"normals of {worst.normal_consistency:.0f}, a distance of {worst.chamfer_l1:.4f} and a squared one of "
        f"{worst.chamfer_l2:.4f}."
    )


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are as wide as their widest cell, best read in a fixed-width font, too."""
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [head, ["-" * width for width in widths], *body]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def write_shape_scores(path: Path, scores: Sequence[ShapeScore]) -> None:
    """Write one line a shape, as CSV, with its category; a score that it has not is an empty cell."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(["category", *asdict(ShapeScore(""))])
        for score in scores:
            values = asdict(score).values()
            writer.writerow([category_of(score.name), *("" if value != value else value for value in values)])
