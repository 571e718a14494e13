"""Procedural shapes as a dataset without end and without a disk: each number is a shape, made when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch

from occnet.data.needs import Needs
from occnet.data.split_protocol import Generators, Split, prepared
from occnet.data.splits import SPLITS
from occnet.errors import DatasetError
from occnet.geometry.sampling import sample_near_surface, sample_volume
from occnet.geometry.voxelising import voxel_centers
from occnet.shapes import ShapeBatch, placed_shapes
from occnet.shapes.families import FAMILIES
from occnet.shapes.parts import PlacedShape

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32

    from occnet.data.split_protocol import Labelled, Surface

PROCEDURAL = "procedural"
"""What a recipe writes in place of a dataset's folder."""

SHAPES = 10**12
"""Shapes of each split; they are numbered apart, and apart from those that `occnet prepare --synthetic` writes."""

NEAR_DEVIATIONS = (0.008, 0.025, 0.08)
"""Distances of the points near the surface, in longest edges: those of prepared datasets."""

_POINTS = {"uniform": 16_384, "near": 24_576, "surface": 20_480}  # offered of each shape, as prepared datasets store them


class ProceduralSplit(Split):
    """The split "train", "validation" or "test" of the endless procedural source.

    What comes back depends on the shape's number, the generator and the device alone: devices differ by the rounding of their
    arithmetic, which tells a point in a million apart. Labels are exact: the shape's own formula at the very points that are
    given. Shapes lie in the unit cube as their box does, found to about 0.2 % (in hardly any case 4 %).
    """

    endless: ClassVar[bool] = True

    def __init__(self, split: str, device: torch.device | str = "cpu", categories: Sequence[str] = ()) -> None:
        """device: where shapes are framed, sampled and asked. What comes back is on the CPU all the same.

        categories: families that take turns; all of them, and freeform ones, in a mixture of their own if there are none.
        Raises DatasetError when one of them is no family of procedural shapes.
        """
        if unknown := [name for name in categories if name not in FAMILIES]:
            raise DatasetError(f"There are no procedural shapes of {unknown[0]}; there are: {', '.join(sorted(FAMILIES))}.")
        self.categories = tuple(categories)
        self.device = torch.device(device)
        self.at_once = self.device.type != "cpu"  # an accelerator takes about as long for one as for many; a CPU does not
        self._first = SHAPES * (1 + SPLITS.index(split))
        self._latest: dict[int, PlacedShape] = {}  # a sample asks several things of one shape
        # Of its own, for else each answer would wait until the device has done all of the training step that it was given.
        self._queue = torch.cuda.Stream(self.device) if self.device.type == "cuda" else None

    def __len__(self) -> int:
        return SHAPES

    @property
    def surface_points(self) -> int:
        """Surface points offered of each shape."""
        return _POINTS["surface"]

    def labelled_points(self, array: str) -> int:
        """Labelled points offered of each shape in "uniform" or "near"."""
        return _POINTS[array]

    def labelled(self, shape: int, array: str, count: int, generator: np.random.Generator) -> Labelled:
        """Random labelled points: array is "uniform" (in the padded cube) or "near"; points (count, 3), inside (count,)."""
        return self.labelled_of([shape], array, [count], [generator])[0]

    def labelled_of(self, shapes: Sequence[int], array: str, counts: Sequence[int], generators: Generators) -> list[Labelled]:
        """As labelled, of many shapes at once, each with its own count and generator."""
        if array == "near":
            around = self.surface_of(shapes, counts, generators)
            places = [
                sample_near_surface(surface, NEAR_DEVIATIONS, generator)
                for (surface, _), generator in zip(around, generators, strict=True)
            ]
        else:
            places = [sample_volume(count, generator) for count, generator in zip(counts, generators, strict=True)]
        points = [place.astype(np.float32) for place in places]
        return list(zip(points, self._inside(shapes, points), strict=True))

    def surface(self, shape: int, count: int, generator: np.random.Generator) -> Surface:
        """Random surface points, by area: points (count, 3), outward unit normals (count, 3)."""
        return self.surface_of([shape], [count], [generator])[0]

    def surface_of(self, shapes: Sequence[int], counts: Sequence[int], generators: Generators) -> list[Surface]:
        """As surface, of many shapes at once, each with its own count and generator."""
        seeds = [int(generator.integers(2**62)) for generator in generators]
        placed = self._placed(shapes)
        result: dict[int, Surface] = {}
        with self._aside():
            for count, rows in _alike(counts):
                batch = ShapeBatch([placed[row] for row in rows], self.device)
                points, normals = batch.surface(count, seed=[seeds[row] for row in rows])
                result |= dict(zip(rows, zip(points.cpu().numpy(), normals.cpu().numpy(), strict=True), strict=True))
        return [result[row] for row in range(len(shapes))]

    def voxels(self, shape: int, resolution: int) -> Bool[np.ndarray, "r r r"]:
        """Whether the centre of each voxel of the unit cube lies inside the shape, (R, R, R) bool, xyz order."""
        return self._inside([shape], [voxel_centers(resolution).astype(np.float32)])[0].reshape((resolution,) * 3)

    def check(self, needs: Needs, shapes: Sequence[int] | None = None) -> None:
        """Raise DatasetError when more is needed than is offered of any shape."""
        del shapes  # all are alike
        if needs.pictures:
            prepared(self, "pictures")
        for amount in needs.amounts:
            amount.check(_POINTS[amount.array], "The procedural source")

    def _placed(self, numbers: Sequence[int]) -> list[PlacedShape]:
        if beyond := [number for number in numbers if not 0 <= number < SHAPES]:
            raise IndexError(f"shape {beyond[0]} of {SHAPES}")
        latest = self._latest
        if any(number not in latest for number in numbers):
            with self._aside():
                made = self._drawn(numbers)
            latest = dict(zip(numbers, made, strict=True))
            self._latest = latest  # at once: another thread may ask, too
        return [latest[number] for number in numbers]

    def category(self, shape: int) -> str:
        """The family of a shape where families take turns; else "", for it is not told."""
        return self.categories[shape % len(self.categories)] if self.categories else ""

    def _drawn(self, numbers: Sequence[int]) -> list[PlacedShape]:
        found: dict[int, PlacedShape] = {}
        for family in dict.fromkeys(map(self.category, numbers)):
            members = [number for number in numbers if self.category(number) == family]
            series = [self._first + number for number in members]
            made = placed_shapes(series, seed=0, tight=False, family=family or None, device=self.device)
            found |= dict(zip(members, made, strict=True))
        return [found[number] for number in numbers]

    def _inside(self, numbers: Sequence[int], points: Sequence[Float32[np.ndarray, "n 3"]]) -> list[Bool[np.ndarray, " n"]]:
        placed = self._placed(numbers)
        result: dict[int, Bool[np.ndarray, " n"]] = {}
        with self._aside():
            for _, rows in _alike([len(each) for each in points]):
                asked = torch.from_numpy(np.stack([points[row] for row in rows])).to(self.device)
                inside = ShapeBatch([placed[row] for row in rows], self.device).occupancy(asked)
                result |= dict(zip(rows, inside.cpu().numpy(), strict=True))
        return [result[row] for row in range(len(numbers))]

    def _aside(self) -> AbstractContextManager:
        return nullcontext() if self._queue is None else torch.cuda.stream(self._queue)


def _alike(counts: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Each count that occurs, with the rows where it does."""
    return [(count, [row for row, other in enumerate(counts) if other == count]) for count in dict.fromkeys(counts)]
