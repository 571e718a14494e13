"""What one sees of a training: lines on the console, two CSV files, and loggers such as TensorBoard."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from occnet.files.atomic import atomic_path
from occnet.pipeline.train.config import TrainingConfig
from occnet.pipeline.train.loggers import LOGGERS
from occnet.pipeline.train.run_tables import IOU, LOSSES, MEASURES, SCORES, begin_table
from occnet.pipeline.train.validation import Validation

console = Console()


class TrainingLog:
    """The log of one run, in its folder; a resumed run goes on with the same files."""

    def __init__(self, run: Path, config: TrainingConfig, start: int, measure: str = IOU) -> None:
        self.run, self.config = run, config
        for name in (LOSSES, SCORES):
            begin_table(run / name, start, measure)
        self._loggers = [LOGGERS[name](run, start) for name in config.loggers]
        self._losses: list[float] = []
        self._clock = time.perf_counter()

    def close(self) -> None:
        """Finish what the loggers have not written yet."""
        for logger in self._loggers:
            logger.close()

    def leave_out(self, seconds: float) -> None:
        """Do not count these as training."""
        self._clock += seconds

    def step(self, done: int, loss: float, rate: float) -> None:
        """Take in one step; every 50th writes a line."""
        self._losses.append(loss)
        if done % 50 and done != self.config.steps:
            return
        seconds = (time.perf_counter() - self._clock) / len(self._losses)
        mean, speed = sum(self._losses) / len(self._losses), self.config.batch_size / seconds
        left = seconds * (self.config.steps - done)
        console.print(
            f"step {done:>7,}/{self.config.steps:,}  loss {mean:.4f}  {speed:6.1f} samples/s  rate {rate:.1e}  "
            f"{int(left // 3600)} h {int(left % 3600 // 60):02d} min left",
            highlight=False,
        )
        for name, value in (("loss", mean), ("learning_rate", rate), ("samples_per_second", speed)):
            self._tell(name, value, done)
        with (self.run / LOSSES).open("a", encoding="utf-8") as file:
            file.write(f"{done},{mean:.6f},{rate:.3e},{speed:.2f}\n")
        self._losses, self._clock = [], time.perf_counter()

    def validation(self, done: int, result: Validation) -> None:
        """Write down the scores after that many steps."""
        with (self.run / SCORES).open("a", encoding="utf-8") as file:
            for size, score in zip(result.sizes, result.scores, strict=True):
                self._tell(f"validation_{result.measure}" + (f"/{size}_points" if size else ""), score, done)
                file.write(f"{done},{size},{score:.6f},{result.threshold}\n")
        text = ", ".join(
            f"{score:.4f}" + (f" at {size:,} points" if size else "")
            for size, score in zip(result.sizes, result.scores, strict=True)
        )
        console.print(
            f"step {done:>7,}  validation {MEASURES[result.measure]} {text}  (threshold {result.threshold})", highlight=False
        )

    def picture(self, done: int, picture: NDArray[np.uint8]) -> None:
        """Keep a picture (H, W, 3) of validation shapes, in `pictures/` and by the loggers."""
        (self.run / "pictures").mkdir(exist_ok=True)
        with atomic_path(self.run / "pictures" / f"step-{done:08d}.png") as path:
            Image.fromarray(picture).save(path)
        for logger in self._loggers:
            logger.picture("validation", picture, done)

    def _tell(self, name: str, value: float, done: int) -> None:
        for logger in self._loggers:
            logger.scalar(name, value, done)
