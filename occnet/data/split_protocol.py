"""What every split of a dataset answers, and what one that is stored answers besides.

A shape may be made when it is asked for, as procedural ones are: it has a number, a surface and an inside. What is stored has a
name, too, and may have pictures. What takes a `Split` works with both; what takes a `PreparedSplit` says that it needs a
stored one, and `prepared` tells a user who gives it another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from occnet.data.needs import Needs
from occnet.data.splits import category_of
from occnet.errors import DatasetError

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32, UInt8

    Surface = tuple[Float32[np.ndarray, "n 3"], Float32[np.ndarray, "n 3"]]  # points, outward unit normals
    Labelled = tuple[Float32[np.ndarray, "n 3"], Bool[np.ndarray, " n"]]  # points, whether inside

Generators = Sequence[np.random.Generator]


class Split(ABC):
    """The shapes of one split, numbered, each in its unit cube."""

    endless: ClassVar[bool] = False  # whether there are more shapes than a training could ever see
    at_once: bool = False  # whether many shapes are best asked in one call, of surface_of and labelled_of

    @abstractmethod
    def __len__(self) -> int: ...

    def category(self, shape: int) -> str:
        """The category of a shape, "" where none is told."""
        del shape
        return ""

    @property
    @abstractmethod
    def surface_points(self) -> int:
        """Surface points that can be had of each shape."""

    @abstractmethod
    def labelled_points(self, array: str) -> int:
        """Labelled points that can be had of each shape: array is "uniform" or "near"."""

    @abstractmethod
    def labelled(self, shape: int, array: str, count: int, generator: np.random.Generator) -> Labelled:
        """Random labelled points: array is "uniform" (in the padded cube) or "near"; points (count, 3), inside (count,)."""

    def labelled_of(self, shapes: Sequence[int], array: str, counts: Sequence[int], generators: Generators) -> list[Labelled]:
        """As labelled, of several shapes, each with its own count and generator."""
        asked = zip(shapes, counts, generators, strict=True)
        return [self.labelled(shape, array, count, generator) for shape, count, generator in asked]

    @abstractmethod
    def surface(self, shape: int, count: int, generator: np.random.Generator) -> Surface:
        """Random surface points, by area: points (count, 3), outward unit normals (count, 3)."""

    def surface_of(self, shapes: Sequence[int], counts: Sequence[int], generators: Generators) -> list[Surface]:
        """As surface, of several shapes, each with its own count and generator."""
        return [self.surface(*asked) for asked in zip(shapes, counts, generators, strict=True)]

    @abstractmethod
    def voxels(self, shape: int, resolution: int) -> Bool[np.ndarray, "r r r"]:
        """Occupied voxels of the unit cube, (R, R, R) in xyz order. Raises DatasetError when there are none of this size."""

    @abstractmethod
    def check(self, needs: Needs, shapes: Sequence[int] | None = None) -> None:
        """Raise DatasetError unless all shapes, or those with these numbers, have what is needed."""


class PreparedSplit(Split):
    """A split that is stored: its shapes have names, and may have pictures."""

    @property
    @abstractmethod
    def names(self) -> list[str]:
        """Names of all shapes, in order."""

    def category(self, shape: int) -> str:
        """The category of a shape: the first folder of its name, "" where that has none."""
        return category_of(self.names[shape])

    @property
    @abstractmethod
    def views(self) -> int:
        """Pictures stored of each shape. Raises DatasetError when there are none."""

    @abstractmethod
    def image(self, shape: int, view: int, size: int | None = None) -> UInt8[np.ndarray, "h w 3"]:
        """A picture of the shape, (H, W, 3) sRGB; size: its edge in pixels, where several are stored, else the largest.

        Raises DatasetError when there is none.
        """

    @abstractmethod
    def camera(self, shape: int, view: int, size: int | None = None) -> Float32[np.ndarray, "3 4"]:
        """The camera of that picture, (3, 4): times a point (x, y, z, 1) of the unit cube it gives (u w, v w, w), where u runs
        right and v down in pixels, pixel k covers [k, k + 1), and w is the depth along the optical axis.

        Raises DatasetError when there is none.
        """


def prepared(split: Split, what: str) -> PreparedSplit:
    """The split, when it is a stored one.

    what: that is needed of it, "pictures" for example. Raises DatasetError when its shapes are made as they are asked for.
    """
    if isinstance(split, PreparedSplit):
        return split
    raise DatasetError(
        f"Procedural shapes are made when they are asked for and have no {what}; write a dataset of them by `occnet prepare "
        "--synthetic 10000 --views 24 -o DATASET`, or do without."
    )
