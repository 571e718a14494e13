"""What a training asks of every shape of a split, to be compared with what is stored before the first step is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from occnet.errors import DatasetError

_CALLED = {"surface": "surface points", "uniform": "uniform labelled points", "near": "labelled points near the surface"}


@dataclass(frozen=True)
class Amount:
    """Points of a shape that are asked for at once."""

    array: Literal["surface", "uniform", "near"]
    count: int
    key: str  # of the recipe that asks for them, for messages

    def check(self, stored: int, where: object) -> None:
        """Raise DatasetError when fewer are stored of each shape. where: what stores them."""
        if stored < self.count:
            raise DatasetError(
                f"{where} stores {stored:,} {_CALLED[self.array]} a shape, but {self.key} asks for {self.count:,}; lower it, "
                f"or take a dataset that stores more, as by `occnet prepare --{self.array}-points {self.count}`."
            )


@dataclass(frozen=True)
class Needs:
    """What every shape must have."""

    amounts: tuple[Amount, ...]
    voxels: int = 0  # along each edge; 0: none
    pictures: bool = False
    cameras: bool = False  # of the pictures
