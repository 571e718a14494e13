"""Procedural shapes as a dataset without end and without a disk: each number is a shape, made when it is asked for."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from occnet.data.shards import SPLITS
from occnet.errors import DatasetError
from occnet.geometry.sampling import sample_near_surface, sample_volume
from occnet.geometry.voxels import voxel_centers
from occnet.shapes import ShapeBatch, sample_shapes

PROCEDURAL = "procedural"
"""What a recipe writes in place of a dataset's folder."""

SHAPES = 10**12
"""Shapes of each split; they are numbered apart, and apart from those that `occnet prepare --synthetic` writes."""

NEAR_DEVIATIONS = (0.008, 0.025, 0.08)
"""Distances of the points near the surface, in longest edges: those of prepared datasets."""

_POINTS = {"uniform": 16_384, "near": 24_576, "surface": 20_480}  # offered of each shape, as prepared datasets store them


class ProceduralSplit:
    """The split "train", "validation" or "test" of the endless procedural source; see PreparedSplit.

    What comes back depends on the shape's number and the generator alone. Labels are exact: the shape's own formula at the very
    points that are given. Shapes lie in the unit cube as their box does, found to about 0.2 % (in hardly any case 4 %).
    """

    def __init__(self, split: str) -> None:
        self._first = SHAPES * (1 + SPLITS.index(split))
        self._latest: tuple[int, ShapeBatch] | None = None  # a sample asks several things of one shape

    def __len__(self) -> int:
        return SHAPES

    @property
    def names(self) -> list[str]:
        """Nothing; raises DatasetError, for there is no end of them."""
        raise DatasetError("Procedural shapes have numbers and no names, so they have no categories; leave categories empty.")

    @property
    def surface_points(self) -> int:
        """Surface points offered of each shape."""
        return _POINTS["surface"]

    def labelled_points(self, array: str) -> int:
        """Labelled points offered of each shape in "uniform" or "near"."""
        return _POINTS[array]

    @property
    def views(self) -> int:
        """Nothing; raises DatasetError, for pictures take too long to be drawn during a training."""
        raise _no_pictures()

    def labelled(
        self, shape: int, array: str, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Random labelled points: array is "uniform" (in the padded cube) or "near"; points (count, 3), inside (count,)."""
        if array == "near":
            around, _ = self.surface(shape, count, generator)
            points = sample_near_surface(around, NEAR_DEVIATIONS, generator).astype(np.float32)
        else:
            points = sample_volume(count, generator).astype(np.float32)
        return points, self._inside(shape, points)

    def surface(
        self, shape: int, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Random surface points, by area: points (count, 3), outward unit normals (count, 3)."""
        points, normals = self._shape(shape).surface(count, seed=int(generator.integers(2**62)))
        return points[0].numpy(), normals[0].numpy()

    def voxels(self, shape: int, resolution: int) -> NDArray[np.bool_]:
        """Whether the centre of each voxel of the unit cube lies inside the shape, (R, R, R) bool, xyz order."""
        return self._inside(shape, voxel_centers(resolution).astype(np.float32)).reshape((resolution,) * 3)

    def image(self, shape: int, view: int, size: int | None = None) -> NDArray[np.uint8]:
        """Nothing; raises DatasetError as views does."""
        raise _no_pictures()

    def camera(self, shape: int, view: int, size: int | None = None) -> NDArray[np.float32]:
        """Nothing; raises DatasetError as views does."""
        raise _no_pictures()

    def _shape(self, number: int) -> ShapeBatch:
        if not 0 <= number < SHAPES:
            raise IndexError(f"shape {number} of {SHAPES}")
        latest = self._latest
        if latest is None or latest[0] != number:
            latest = (number, sample_shapes(1, seed=0, first=self._first + number, tight=False))
            self._latest = latest  # at once: another thread may ask, too
        return latest[1]

    def _inside(self, number: int, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        return self._shape(number).occupancy(torch.from_numpy(points)[None])[0].numpy()


def _no_pictures() -> DatasetError:
    return DatasetError(
        "The procedural source draws no pictures; write some by `occnet prepare --synthetic 10000 --views 24 -o DATASET`."
    )
