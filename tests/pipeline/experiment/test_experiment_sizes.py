"""The figure of what representations cost."""

from __future__ import annotations

import re

from occnet.pipeline.evaluate.scores import ShapeScore
from occnet.pipeline.experiment.experiment_definition import ExperimentMethod
from occnet.pipeline.experiment.experiment_scores import MINUTES, STEPS, Entry
from occnet.pipeline.experiment.experiment_sizes import _reached, sizes
from occnet.pipeline.experiment.experiment_tables import Cost

NETWORK = ExperimentMethod("small", "a network", recipe={"encoder": {}})
COARSE, FINE = ExperimentMethod("v16", "16", voxels=16), ExperimentMethod("v32", "32", voxels=32)
COSTS = {(NETWORK.name, MINUTES): Cost(50_000)}


def entry(method: ExperimentMethod, *ious: float, seed: int = 0, budget: str = MINUTES) -> Entry:
    return Entry(method, seed, budget, [ShapeScore(f"shape {number}", iou=iou) for number, iou in enumerate(ious)])


def test_each_representation_is_drawn_by_its_name():
    drawn = sizes([entry(NETWORK, 0.8), entry(FINE, 0.7), entry(COARSE, 0.5)], COSTS, 10)
    said = re.findall("<!-- (.*?) -->", drawn)  # matplotlib draws letters as shapes and says them in comments
    assert {"a network", "voxels", "16", "32", "IoU", "numbers stored for a shape"} <= set(said)


def test_one_resolution_is_no_curve():
    assert sizes([entry(NETWORK, 0.8), entry(COARSE, 0.5)], COSTS, 10) == ""


def test_what_is_drawn_is_the_mean_over_shapes_and_seeds_at_equal_minutes():
    entries = [entry(NETWORK, 0.8, 0.6), entry(NETWORK, 0.4, 0.2, seed=1), entry(NETWORK, 0.0, 0.0, budget=STEPS)]
    [(method, score)] = _reached([*entries, entry(COARSE, float("nan"))])
    assert method == NETWORK
    assert abs(score - 0.5) < 1e-12
