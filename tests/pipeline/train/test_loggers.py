"""What a training tells goes to every logger of its recipe."""

from __future__ import annotations

from pathlib import Path

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


def test_tensorboard_is_the_one_that_comes_with_the_package(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    log = TrainingLog(tmp_path / "run", TrainingConfig(steps=1), 0)
    log.step(1, 0.5, 1e-3)
    log.close()
    assert list((tmp_path / "run").glob("events.out.tfevents.*"))
    assert list(LOGGERS) == ["tensorboard"]


def test_an_unknown_logger_is_found_before_the_first_step() -> None:
    data = {"datasets": ["procedural"], "shares": [1.0], "validation": "procedural"}
    with pytest.raises(RecipeError, match="no logger 'paper'; the loggers are: tensorboard"):
        recipe_of({"data": data, "training": {"loggers": ["paper"]}}, "the recipe")
