"""Some shapes of a split, as a split of their own: one category, for example."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from occnet.data.needs import Needs
from occnet.data.prepared_split import PreparedSplit


class Subset:
    """The chosen shapes of another split, numbered anew in their order."""

    def __init__(self, whole: PreparedSplit, chosen: Sequence[int]) -> None:
        self.whole, self.chosen = whole, list(chosen)

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def names(self) -> list[str]:
        """Names of all shapes, in order."""
        every = self.whole.names
        return [every[number] for number in self.chosen]

    @property
    def surface_points(self) -> int:
        """Surface points stored of each shape."""
        return self.whole.surface_points

    def labelled_points(self, array: str) -> int:
        """Labelled points stored of each shape in "uniform" or "near"."""
        return self.whole.labelled_points(array)

    @property
    def views(self) -> int:
        """Pictures stored of each shape."""
        return self.whole.views

    def labelled(
        self, shape: int, array: str, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Random labelled points, as the whole split gives them."""
        return self.whole.labelled(self.chosen[shape], array, count, generator)

    def surface(
        self, shape: int, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Random surface points and normals, as the whole split gives them."""
        return self.whole.surface(self.chosen[shape], count, generator)

    def voxels(self, shape: int, resolution: int) -> NDArray[np.bool_]:
        """Occupied voxels, as the whole split gives them."""
        return self.whole.voxels(self.chosen[shape], resolution)

    def image(self, shape: int, view: int, size: int | None = None) -> NDArray[np.uint8]:
        """A picture, as the whole split gives it."""
        return self.whole.image(self.chosen[shape], view, size)

    def camera(self, shape: int, view: int, size: int | None = None) -> NDArray[np.float32]:
        """A picture's camera, as the whole split gives it."""
        return self.whole.camera(self.chosen[shape], view, size)

    def check(self, needs: Needs, shapes: Sequence[int] | None = None) -> None:
        """Raise DatasetError unless these shapes have what is needed, as the whole split says."""
        self.whole.check(needs, self.chosen if shapes is None else [self.chosen[shape] for shape in shapes])
