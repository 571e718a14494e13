"""The scores of an experiment: each method at equal minutes and at equal steps, taken once and kept in files."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from occnet.baselines.baseline import BASELINES
from occnet.baselines.stored_voxels import StoredVoxels
from occnet.data.datasets import open_prepared
from occnet.data.samples import Reader
from occnet.errors import FileError, MissingLibrary
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.observations.reading_options import CloudReading
from occnet.pipeline.evaluate.cases import Cases, Protocol, dataset_cases
from occnet.pipeline.evaluate.compare import NetworkMethod
from occnet.pipeline.evaluate.score_table import write_shape_scores
from occnet.pipeline.evaluate.scores import SCORED, Method, ShapeScore, evaluate
from occnet.pipeline.experiment.experiment_definition import Experiment, ExperimentMethod
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

MINUTES, STEPS = "minutes", "steps"
"""What is equal: the budget that a score is taken at. What learns nothing has the same scores at both."""


@dataclass(frozen=True, eq=False)
class Entry:
    """The scores of one method with one seed at one budget."""

    method: ExperimentMethod
    seed: int
    budget: str  # MINUTES or STEPS
    scores: list[ShapeScore]
    not_run: str = ""  # why it was not, where a library is missing


@dataclass(frozen=True, eq=False)
class Stage:
    """Where an experiment is carried out."""

    experiment: Experiment
    folder: Path
    dataset: Path
    reader: Reader
    device: str

    @property
    def cases(self) -> Cases:
        """The shapes that are scored, as they are shown and scored."""
        data, budget = self.experiment.data, self.experiment.budget
        protocol = Protocol(data.points, data.noise, volume_samples=budget.samples, surface_samples=budget.samples)
        return dataset_cases(self.dataset, self.reader, protocol, data.split, data.most)

    def model_of(self, method: ExperimentMethod, seed: int, budget: str, step: int) -> Path:
        """The folder of a trained model: the last one of a run, or its snapshot at a step."""
        run = run_folder(self.folder, method, seed)
        return run / "model" if budget == MINUTES else run / "snapshots" / str(step)


def run_folder(folder: Path, method: ExperimentMethod, seed: int) -> Path:
    """Where a method is trained with a seed."""
    return folder / "runs" / f"{method.name}-{seed}"


def made_method(stage: Stage, method: ExperimentMethod, model: Path, any_model: Path) -> Method:
    """What makes meshes of observations. model: of a network; any_model: of some network of the experiment, for baselines."""
    if method.learned:
        network = load_model(model, device_of(stage.device))
        whole = CloudReading(ground="ignore")  # a shape as a whole, for all alike: nothing that it stands on is looked for
        return NetworkMethod(network, ReconstructOptions(resolution=stage.experiment.budget.resolution, cloud=whole))
    if method.voxels:
        return StoredVoxels(open_prepared(stage.dataset, stage.experiment.data.split), method.voxels)
    return BASELINES[method.baseline](load_model(any_model, device_of(stage.device)), stage.dataset)


def entries_of(stage: Stage, step: int, any_model: Path, say: Callable[[str], None]) -> list[Entry]:
    """All scores of an experiment; those that are in its folder already are read. step: of equal steps, 0 for none."""
    found = []
    for method in stage.experiment.methods:
        for seed in range(stage.experiment.budget.seeds if method.learned else 1):
            for budget in (MINUTES, STEPS) if method.learned and step else (MINUTES,):
                at = f"-{step}" if budget == STEPS else ""
                path = stage.folder / "scores" / f"{method.name}-{seed}-{budget}{at}.csv"
                model = stage.model_of(method, seed, budget, step)
                if path.exists() and not (method.learned and _newer(model, path)):
                    found.append(Entry(method, seed, budget, read_shape_scores(path)))
                    continue
                say(f"scoring {method.title}, seed {seed}, at equal {budget}")
                scores, not_run = _scored(stage, method, made_method(stage, method, model, any_model), path)
                found.append(Entry(method, seed, budget, scores, not_run))
            if not method.learned and step:
                found.append(Entry(method, seed, STEPS, found[-1].scores, found[-1].not_run))
    return found


def _scored(stage: Stage, method: ExperimentMethod, made: Method, path: Path) -> tuple[list[ShapeScore], str]:
    """The scores of a method, written to a file; or none, and why it cannot be run here."""
    scores = evaluate({method.title: made}, stage.cases, f"Scoring {method.title}")[method.title]
    if isinstance(scores, MissingLibrary):
        return [], str(scores)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_shape_scores(path, scores)
    return scores, ""


def _newer(model: Path, path: Path) -> bool:
    """Whether a model was trained further since its scores were taken."""
    return (model / "model.safetensors").stat().st_mtime > path.stat().st_mtime


def read_shape_scores(path: Path) -> list[ShapeScore]:
    """What `write_shape_scores` wrote. Raises FileError when it is damaged."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [
                ShapeScore(row["name"], failure=row["failure"], **{key: _number(row[key]) for key in SCORED})
                for row in csv.DictReader(file)
            ]
    except (KeyError, ValueError, TypeError) as problem:
        raise FileError(f"{path} is damaged ({problem}); delete it to have the scores taken again.") from problem


def _number(text: str) -> float:
    return float(text) if text else math.nan
