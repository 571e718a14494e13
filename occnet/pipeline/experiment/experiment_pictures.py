"""The pictures of an experiment: the same shapes for all methods, and the curves of their trainings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from occnet.baselines.retrieval import stored_mesh
from occnet.data.datasets import open_prepared
from occnet.data.split_protocol import PreparedSplit
from occnet.data.viewer import viewer_of
from occnet.errors import OccnetError
from occnet.geometry.render.picture_grid import side_by_side
from occnet.mesh import Mesh
from occnet.observations.interface import SIDE
from occnet.observations.kinds import kind_named
from occnet.pipeline.evaluate.cases import Case
from occnet.pipeline.evaluate.scores import Method
from occnet.pipeline.experiment.experiment_definition import Experiment
from occnet.pipeline.experiment.experiment_scores import Stage, run_folder
from occnet.pipeline.experiment.timed_runs import read_clock
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.train.run_tables import MEASURES, SCORES, measure_of, read_table
from occnet.pipeline.train.validation_pictures import picture_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EMPTY = np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)


def write_grid(path: Path, stage: Stage, methods: dict[str, Method]) -> None:
    """Write a picture with a row for each of some shapes: what is observed, what each method makes of it, and the truth."""
    cases = stage.cases
    count = min(stage.experiment.budget.pictures, len(cases))
    pictures: list[NDArray[np.uint8]] = []
    captions: list[str] = []
    split = open_prepared(stage.dataset, stage.experiment.data.split)
    numbers = {name: number for number, name in enumerate(split.names)}
    for rank in range(count):
        case = cases[rank * len(cases) // count]()
        truth = _truth(stage, split, numbers[case.name])
        pictures += [_observed(stage, case), *(_made(method, case) for method in methods.values()), picture_of(truth)]
        captions += [case.name, *methods, "truth"]
    Image.fromarray(side_by_side(pictures, captions, columns=2 + len(methods))).save(path)


def _truth(stage: Stage, split: PreparedSplit, shape: int) -> Mesh:
    mesh = stored_mesh(split, shape)
    if not stage.reader.viewer_centred:
        return mesh
    viewer = viewer_of(split, shape, shape % split.views)  # the view that the case shows
    return mesh.with_vertices(viewer.to_viewer(mesh.vertices))


def _observed(stage: Stage, case: Case) -> NDArray[np.uint8]:
    kind = kind_named(stage.reader.kind)
    seen = kind.observed(case.observation, stage.reader, ReconstructOptions())
    return kind.picture(seen.readings[0][0].float()) if seen.readings else _EMPTY


def _made(method: Method, case: Case) -> NDArray[np.uint8]:
    try:
        return picture_of(method(case.observation, case.cloud_normals))
    except OccnetError:
        return _EMPTY  # a failure, which the tables count


def curves(experiment: Experiment, folder: Path) -> str:
    """The validation scores of all runs over their minutes, as the text of an SVG: fields left, surfaces right."""
    from matplotlib.figure import Figure  # here: it takes half a second to import, and only reports need it

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    panels = dict(zip(MEASURES, figure.subplots(1, 2), strict=True))
    learned = [method for method in experiment.methods if method.learned]
    for number, method in enumerate(learned):
        for seed in range(experiment.budget.seeds):
            measure, minutes, scores = _validated(run_folder(folder, method, seed))
            label = method.title if not seed else None
            panels[measure].plot(minutes, scores, label=label, color=f"C{number}", linewidth=1, marker=".")
    for measure, axes in panels.items():
        axes.set(xlabel="minutes of training", ylabel=f"validation {MEASURES[measure]}")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        if axes.lines:
            axes.legend(frameon=False)
    return as_svg(figure)


def as_svg(figure: Figure) -> str:
    """A figure as the text of an SVG, to be put into a page."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _validated(run: Path) -> tuple[str, list[float], Sequence[float]]:
    """What the validations of a run measured, after how many minutes, and the scores."""
    rows = read_table(run / SCORES)
    measure = measure_of(rows)
    clock = {reading.step: reading.minutes for reading in read_clock(run)}
    rows = [row for row in rows if row["step"] in clock]
    return measure, [clock[int(row["step"])] for row in rows], [row[measure] for row in rows]
