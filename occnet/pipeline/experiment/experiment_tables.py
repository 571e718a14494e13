"""The tables of an experiment: a line for each method, seed, budget and category as CSV; means as Markdown."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from occnet.files.atomic import atomic_path
from occnet.pipeline.evaluate.score_table import COLUMNS, MEAN, by_category, markdown, shown
from occnet.pipeline.experiment.experiment_definition import ExperimentMethod
from occnet.pipeline.experiment.experiment_scores import MINUTES, STEPS, Entry

_SUMMARY = ("iou", "chamfer_l1", "accuracy", "completeness", "normal_consistency", "f_score", "closed", "failed")


@dataclass(frozen=True)
class Cost:
    """What a method took, the mean of its seeds."""

    parameters: int = 0
    minutes: float = math.nan
    steps: float = math.nan
    peak_megabytes: float = math.nan


Costs = dict[tuple[str, str], Cost]
"""By the name of a method and the budget."""


def write_table(path: Path, entries: Sequence[Entry]) -> None:
    """Write a line for each method, seed, budget and category, with all scores; one that is not there is an empty cell."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["equal", "method", "seed", "category", "shapes", *COLUMNS, "not_run"])
        for entry in entries:
            rows = by_category(entry.scores) if entry.scores else []
            for row in rows:
                values = ["" if math.isnan(row.scores[key]) else f"{row.scores[key]:.6f}" for key in COLUMNS]
                writer.writerow([entry.budget, entry.method.title, entry.seed, row.group, row.shapes, *values, ""])
            if not rows:
                writer.writerow([entry.budget, entry.method.title, entry.seed, "", 0, *[""] * len(COLUMNS), entry.not_run])


def as_tables(entries: Sequence[Entry], costs: Costs, minutes: float, step: int) -> str:
    """The means over shapes and seeds as Markdown: all methods at both budgets, then IoU and Chamfer-L1 by category."""
    parts = [f"## At equal minutes: {minutes:g} for each method and seed", summary(entries, costs, MINUTES)]
    if step:
        parts += [f"## At equal steps: {step:,}, of the same runs", summary(entries, costs, STEPS)]
    for key in ("iou", "chamfer_l1"):
        table = categories(entries, key)
        parts += [f"## {COLUMNS[key][0]} by category, at equal minutes", table] if table else []
    missing = {entry.method.title: entry.not_run for entry in entries if entry.not_run}
    parts += [f"{title} was not run: {why}" for title, why in missing.items()]
    return "\n\n".join(parts)


def summary(entries: Sequence[Entry], costs: Costs, budget: str) -> str:
    """A row for each method: what it took, and its mean scores; of several seeds the range of the IoU."""
    head = ["method", "parameters", "minutes", "steps", "peak MB", *(COLUMNS[key][0] for key in _SUMMARY), "seeds"]
    return markdown(head, [_row(method, of, costs, budget) for method, of in _by_method(entries, budget)])


def categories(entries: Sequence[Entry], key: str) -> str:
    """A row for each category and the means, a column for each method; empty where there are no categories."""
    columns = {method.title: _grouped(of, key) for method, of in _by_method(entries, MINUTES)}
    groups = list(dict.fromkeys(group for column in columns.values() for group in column))
    if groups in ([], [MEAN]):
        return ""
    form = COLUMNS[key][1]
    body = [[group, *(shown(column.get(group, math.nan), form) for column in columns.values())] for group in groups]
    return markdown(["category", *columns], body)


def _by_method(entries: Sequence[Entry], budget: str) -> list[tuple[ExperimentMethod, list[Entry]]]:
    """The entries of a budget by their methods, in the order of the experiment."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.budget == budget:
            found.setdefault(entry.method.name, []).append(entry)
    return [(of[0].method, of) for of in found.values()]


def _grouped(entries: Sequence[Entry], key: str) -> dict[str, float]:
    """The mean over seeds of a score, by category."""
    seeds = [{row.group: row.scores[key] for row in by_category(entry.scores)} for entry in entries if entry.scores]
    return {group: sum(seed[group] for seed in seeds) / len(seeds) for group in (seeds[0] if seeds else {})}


def _row(method: ExperimentMethod, entries: Sequence[Entry], costs: Costs, budget: str) -> list[str]:
    cost = costs.get((method.name, budget), Cost())
    took = [
        f"{cost.parameters:,}" if cost.parameters else "-",
        shown(cost.minutes, ".2f"),
        shown(cost.steps, ",.0f"),
        shown(cost.peak_megabytes or math.nan, ",.0f"),
    ]
    made = [entry for entry in entries if entry.scores]
    if not made:
        return [method.title, *took, "not run", *["-"] * (len(_SUMMARY) - 1), "-"]
    means = {key: _grouped(made, key)[MEAN] for key in _SUMMARY}
    cells = {key: shown(means[key], COLUMNS[key][1]) for key in _SUMMARY}
    if len(made) > 1 and not math.isnan(means["iou"]):
        ious = [by_category(entry.scores)[-1].scores["iou"] for entry in made]
        cells["iou"] += f" ({min(ious):.3f} to {max(ious):.3f})"
    return [method.title, *took, *cells.values(), str(len(made))]
