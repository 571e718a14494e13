"""Some shapes of a split, as a split of their own: one category, for example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from occnet.data.needs import Needs
from occnet.data.split_protocol import PreparedSplit

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32, UInt8

    from occnet.data.split_protocol import Labelled, Surface


class Subset(PreparedSplit):
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

    def labelled(self, shape: int, array: str, count: int, generator: np.random.Generator) -> Labelled:
        """Random labelled points, as the whole split gives them."""
        return self.whole.labelled(self.chosen[shape], array, count, generator)

    def surface(self, shape: int, count: int, generator: np.random.Generator) -> Surface:
        """Random surface points and normals, as the whole split gives them."""
        return self.whole.surface(self.chosen[shape], count, generator)

    def voxels(self, shape: int, resolution: int) -> Bool[np.ndarray, "r r r"]:
        """Occupied voxels, as the whole split gives them."""
        return self.whole.voxels(self.chosen[shape], resolution)

    def image(self, shape: int, view: int, size: int | None = None) -> UInt8[np.ndarray, "h w 3"]:
        """A picture, as the whole split gives it."""
        return self.whole.image(self.chosen[shape], view, size)

    def camera(self, shape: int, view: int, size: int | None = None) -> Float32[np.ndarray, "3 4"]:
        """A picture's camera, as the whole split gives it."""
        return self.whole.camera(self.chosen[shape], view, size)

    def check(self, needs: Needs, shapes: Sequence[int] | None = None) -> None:
        """Raise DatasetError unless these shapes have what is needed, as the whole split says."""
        self.whole.check(needs, self.chosen if shapes is None else [self.chosen[shape] for shape in shapes])
