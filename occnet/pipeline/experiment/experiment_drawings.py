"""What generative networks of an experiment draw: shapes of some seeds, and the way from one to another."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from occnet.errors import EmptySurface
from occnet.files.atomic import atomic_path
from occnet.geometry.render.picture_grid import side_by_side
from occnet.meshing.extract import extract_mesh
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.latent import interpolated
from occnet.networks.network_field import NetworkField
from occnet.observations.interface import SIDE
from occnet.pipeline.evaluate.score_table import markdown
from occnet.pipeline.experiment.experiment_definition import ExperimentMethod
from occnet.pipeline.experiment.experiment_scores import MINUTES, Stage, run_folder
from occnet.pipeline.experiment.experiment_tables import Costs
from occnet.pipeline.train.run_tables import IOU, SCORES, read_table
from occnet.pipeline.train.validation_pictures import picture_of

_COLUMNS = ("method", "parameters", "minutes", "steps", "peak MB", "validation IoU")


def write_drawings(path: Path, stage: Stage, methods: Sequence[ExperimentMethod]) -> None:
    """Write a picture with two rows for each method: shapes of seeds 0, 1, ..., and steps on the way from seed 0 to seed 1."""
    budget, pictures, captions = stage.experiment.budget, list[NDArray[np.uint8]](), list[str]()
    count = max(2, budget.pictures)
    for method in methods:
        network = load_model(stage.model_of(method, 0, MINUTES, 0), device_of(stage.device))

        def drawn(field: NetworkField, threshold: float = network.threshold) -> NDArray[np.uint8]:
            try:
                return picture_of(extract_mesh(field, resolution=budget.resolution, threshold=threshold))
            except EmptySurface:
                return np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)  # nothing solid was drawn

        pictures += [drawn(network.sample_field(seed)) for seed in range(count)]
        captions += [f"{method.title}, seed {seed}" for seed in range(count)]
        way = interpolated(network.sample_code(0), network.sample_code(1), count)
        pictures += [drawn(network.field_of_code(code)) for code in way]
        captions += ["seed 0", *["between"] * (count - 2), "seed 1"]
    Image.fromarray(side_by_side(pictures, captions, columns=count)).save(path)


def drawing_tables(stage: Stage, methods: Sequence[ExperimentMethod], costs: Costs) -> str:
    """What the trainings took, and how well validation shapes come back from their own codes; written as `table.csv`, too.

    Drawn shapes have no truth to be scored against.
    """
    rows = []
    for method in methods:
        seeds = range(stage.experiment.budget.seeds)
        ious = [read_table(run_folder(stage.folder, method, seed) / SCORES)[-1][IOU] for seed in seeds]
        cost = costs[method.name, MINUTES]
        took = [f"{cost.parameters:,}", f"{cost.minutes:.2f}", f"{cost.steps:,.0f}", f"{cost.peak_megabytes:,.0f}"]
        rows.append([method.title, *took, f"{sum(ious) / len(ious):.3f}"])
    path = stage.folder / "table.csv"
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_COLUMNS, *rows])
    return f"## What it took, and how validation shapes come back from their own codes\n\n{markdown(_COLUMNS, rows)}"
