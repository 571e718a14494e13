"""What a training tells goes to every logger of its recipe."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from occnet.errors import RecipeError
from occnet.pipeline.train.config import TrainingConfig, recipe_of
from occnet.pipeline.train.loggers import LOGGERS, Logger
from occnet.pipeline.train.run_log import TrainingLog
from occnet.pipeline.train.validation import Validation
from occnet.plugins import Registry


class Told(Logger):
    """Keeps what it is told."""

    def __init__(self, run: Path, start: int) -> None:
        self.run, self.start, self.closed = run, start, False
        self.scalars: list[tuple[str, float, int]] = []
        self.pictures: list[tuple[str, int]] = []
        made.append(self)

    def scalar(self, name: str, value: float, step: int) -> None:
        self.scalars.append((name, value, step))

    def picture(self, name: str, picture: np.ndarray, step: int) -> None:
        self.pictures.append((name, step))

    def close(self) -> None:
        self.closed = True


made: list[Told] = []


def test_a_logger_of_ones_own_is_told_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Registry[type[Logger]]("logger", "occnet.tests", "occnet.pipeline.train.loggers:Logger", {})
    own.add("told", Told)
    monkeypatch.setattr("occnet.pipeline.train.run_log.LOGGERS", own)
    monkeypatch.setattr("occnet.pipeline.train.config.LOGGERS", own)
    log = TrainingLog(tmp_path, TrainingConfig(steps=60, loggers=("told",)), 7)
    for step in range(8, 51):
        log.step(step, 0.5, 1e-3)
    log.validation(50, Validation((300,), (0.25,), 0.4))
    log.picture(50, np.zeros((8, 8, 3), dtype=np.uint8))
    log.close()
    (told,) = made
    assert (told.run, told.start, told.closed) == (tmp_path, 7, True)
    assert {(name, step) for name, _, step in told.scalars} == {
        *(("loss", 50), ("learning_rate", 50), ("samples_per_second", 50), ("validation_iou/300_points", 50))
    }
    assert told.pictures == [("validation", 50)]


def test_tensorboard_writes_into_the_run(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    log = TrainingLog(tmp_path / "run", TrainingConfig(steps=1), 0)
    log.step(1, 0.5, 1e-3)
    log.close()
    assert list((tmp_path / "run").glob("events.out.tfevents.*"))
    assert list(LOGGERS) == ["tensorboard", "wandb"]


def test_an_unknown_logger_is_found_before_the_first_step() -> None:
    data = {"datasets": ["procedural"], "shares": [1.0], "validation": "procedural"}
    with pytest.raises(RecipeError, match="no logger 'paper'; the loggers are: tensorboard"):
        recipe_of({"data": data, "training": {"loggers": ["paper"]}}, "the recipe")


class PretendedRun:
    """What `wandb.init` gives, as far as it is used."""

    def __init__(self, **options: object) -> None:
        self.options, self.logged, self.finished = options, [], False

    def log(self, values: dict, step: int) -> None:
        self.logged.append((values, step))

    def finish(self) -> None:
        self.finished = True


def test_weights_and_biases_is_told_what_it_does_not_have_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[PretendedRun] = []

    def begun(**options: object) -> PretendedRun:
        runs.append(PretendedRun(**options))
        return runs[-1]

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=begun, Image=lambda pixels: ("picture", pixels.shape)))
    first = LOGGERS["wandb"](tmp_path, 0)
    first.scalar("loss", 0.5, 1)
    first.picture("validation", np.zeros((4, 5, 3), dtype=np.uint8), 2)
    first.close()
    again = LOGGERS["wandb"](tmp_path, 2)  # after an interruption
    again.scalar("loss", 0.4, 2)
    again.scalar("loss", 0.3, 3)
    assert runs[0].logged == [({"loss": 0.5}, 1), ({"validation": ("picture", (4, 5, 3))}, 2)]
    assert runs[0].finished
    assert runs[1].logged == [({"loss": 0.3}, 3)]
    assert runs[0].options["id"] == runs[1].options["id"]
    assert runs[0].options["name"] == tmp_path.name
