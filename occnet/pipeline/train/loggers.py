"""Where the curves and pictures of a training go, beside its own tables. To add one: a subclass, and a line below."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occnet.extras import extra
from occnet.plugins import Registry


class Logger(ABC):
    """Takes in what a training has to tell. run: its folder. start: the step that it goes on from, 0 at first."""

    @abstractmethod
    def __init__(self, run: Path, start: int) -> None: ...

    @abstractmethod
    def scalar(self, name: str, value: float, step: int) -> None:
        """Take in a number, as it is after that many steps."""

    @abstractmethod
    def picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        """Take in a picture (H, W, 3), likewise."""

    @abstractmethod
    def close(self) -> None:
        """Finish what is not written yet."""


class TensorBoard(Logger):
    """Event files in the run's folder, for `tensorboard --logdir RUN`."""

    def __init__(self, run: Path, start: int) -> None:
        from torch.utils.tensorboard import SummaryWriter  # here: it takes a second to import

        self._writer = SummaryWriter(str(run), purge_step=start + 1 if start else None)

    def scalar(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)

    def picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        self._writer.add_image(name, picture, step, dataformats="HWC")

    def close(self) -> None:
        self._writer.close()


class WeightsAndBiases(Logger):
    """Runs on wandb.ai, or on a server of one's own: as `wandb login` and the WANDB_... variables say. Project: occnet."""

    def __init__(self, run: Path, start: int) -> None:
        with extra("wandb", "Logging to Weights & Biases"):
            import wandb  # pyright: ignore[reportMissingImports] (an extra that the tests do without)

        self._wandb, self._start = wandb, start
        kept = run / "wandb.id"  # by which a training that goes on finds its curves
        if not kept.exists():
            kept.write_text(secrets.token_hex(8), encoding="ascii")
        name = kept.read_text(encoding="ascii")
        self._run = wandb.init(project="occnet", name=run.name, id=name, dir=str(run), resume="allow")

    def scalar(self, name: str, value: float, step: int) -> None:
        self._log({name: value}, step)

    def picture(self, name: str, picture: NDArray[np.uint8], step: int) -> None:
        self._log({name: self._wandb.Image(picture)}, step)

    def _log(self, values: dict[str, Any], step: int) -> None:
        if step > self._start:  # what was logged before an interruption is there
            self._run.log(values, step=step)

    def close(self) -> None:
        self._run.finish()


LOGGERS = Registry[type[Logger]](
    kind="logger",
    group="occnet.loggers",
    expected="occnet.pipeline.train.loggers:Logger",
    own={
        "tensorboard": "occnet.pipeline.train.loggers:TensorBoard",
        "wandb": "occnet.pipeline.train.loggers:WeightsAndBiases",
    },
)
