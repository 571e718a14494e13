"""What representations cost: IoU against resolution, and against the numbers that are stored for a shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

from occnet.pipeline.evaluate.scores import mean_scores
from occnet.pipeline.experiment.experiment_definition import ExperimentMethod
from occnet.pipeline.experiment.experiment_pictures import as_svg
from occnet.pipeline.experiment.experiment_scores import MINUTES, Entry
from occnet.pipeline.experiment.experiment_tables import Costs

SIZES_COMPARED = 2
"""Resolutions of stored voxels from which on there is a curve to draw."""


def sizes(entries: Sequence[Entry], costs: Costs, shapes: int) -> str:
    """The IoU of stored voxels by their resolution, beside that of networks, as the text of an SVG; empty without such voxels.

    shapes: how many the networks hold, among which their parameters are shared out. A network has no resolution of its own.
    Source: Mescheder et al. 2019, figure 2 (IoU and number of parameters against resolution).
    """
    reached = {method.name: (method, score) for method, score in _reached(entries)}
    stored = sorted((one for one in reached.values() if one[0].voxels), key=lambda one: one[0].voxels)
    if len(stored) < SIZES_COMPARED:
        return ""
    from matplotlib.figure import Figure  # here: it takes half a second to import, and only reports need it

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    by_resolution, by_numbers = figure.subplots(1, 2, sharey=True)
    edges, scores = [method.voxels for method, _ in stored], [score for _, score in stored]
    by_resolution.plot(edges, scores, marker="o", label="voxels", color="C7")
    by_numbers.plot([edge**3 for edge in edges], scores, marker="o", label="voxels", color="C7")
    for number, (method, score) in enumerate(one for one in reached.values() if one[0].learned):
        held = costs[method.name, MINUTES].parameters / shapes
        by_resolution.axhline(score, label=method.title, color=f"C{number}")
        by_numbers.plot([held], [score], marker="s", linestyle="", label=method.title, color=f"C{number}")
    by_resolution.set(xlabel="cells along an edge", ylabel="IoU", xscale="log", xticks=edges, xticklabels=map(str, edges))
    by_resolution.minorticks_off()
    by_numbers.set(xlabel="numbers stored for a shape", xscale="log")
    for axes in (by_resolution, by_numbers):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    by_numbers.legend(frameon=False)
    return as_svg(figure)


def _reached(entries: Sequence[Entry]) -> list[tuple[ExperimentMethod, float]]:
    """The mean IoU of each method over its seeds, at equal minutes; of those that have one."""
    found: dict[str, tuple[ExperimentMethod, list[float]]] = {}
    for entry in entries:
        if entry.budget == MINUTES and entry.scores:
            found.setdefault(entry.method.name, (entry.method, []))[1].append(mean_scores(entry.scores)["iou"])
    means = [(method, sum(scores) / len(scores)) for method, scores in found.values()]
    return [one for one in means if not math.isnan(one[1])]
