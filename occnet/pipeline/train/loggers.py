"""Where the curves and pictures of a training go, beside its own tables. To add one: a subclass, and a line below."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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


LOGGERS = Registry[type[Logger]](
    kind="logger",
    group="occnet.loggers",
    expected="occnet.pipeline.train.loggers:Logger",
    own={"tensorboard": "occnet.pipeline.train.loggers:TensorBoard"},
)
