"""What every split of a dataset offers, wherever its shapes are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from occnet.data.needs import Needs


class PreparedSplit(Protocol):
    """The shapes of one split, numbered, with all that may be stored of each."""

    def __len__(self) -> int: ...

    @property
    def names(self) -> list[str]:
        """Names of all shapes, in order."""
        ...

    @property
    def surface_points(self) -> int:
        """Surface points stored of each shape."""
        ...

    def labelled_points(self, array: str) -> int:
        """Labelled points stored of each shape in "uniform" or "near"."""
        ...

    @property
    def views(self) -> int:
        """Pictures stored of each shape."""
        ...

    def labelled(
        self, shape: int, array: str, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Random labelled points: array is "uniform" or "near"; points (count, 3), inside (count,)."""
        ...

    def surface(
        self, shape: int, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Random surface points: points (count, 3), outward unit normals (count, 3)."""
        ...

    def voxels(self, shape: int, resolution: int) -> NDArray[np.bool_]:
        """Occupied voxels of the unit cube, (R, R, R) bool, xyz order."""
        ...

    def image(self, shape: int, view: int, size: int | None = None) -> NDArray[np.uint8]:
        """A picture of the shape, (H, W, 3) uint8 sRGB."""
        ...

    def camera(self, shape: int, view: int, size: int | None = None) -> NDArray[np.float32]:
        """The matrix (3, 4) that takes points of the unit cube to that picture's pixels."""
        ...

    def check(self, needs: Needs, shapes: Sequence[int] | None = None) -> None:
        """Raise DatasetError unless all shapes, or those with these numbers, have what is needed."""
        ...
