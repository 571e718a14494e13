"""The papers' own training samples: shapes as they stand, one observation each, and queries from the padded cube."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from occnet.data.batches import Batch, Sample, drawn, normal_shares, stacked
from occnet.data.scans import distances_to
from occnet.data.split_protocol import Split
from occnet.data.viewer import Viewer, stored_for
from occnet.errors import DatasetError, RecipeError


@dataclass(frozen=True)
class SamplesConfig:
    """How samples are made (Mescheder et al. 2019, sec. 4 and 4.6). Lengths are in units of the shape's longest edge."""

    points: int = 300  # of a cloud
    noise: float = 0.005  # standard deviation of a cloud's noise
    framed: bool = True  # clouds are moved into their own bounding box, as a user's will be; crops of scenes must not be
    uniform_queries: int = 2048  # labelled points a shape, uniform in the padded cube
    near_queries: int = 0  # labelled points a shape, near the surface
    balanced: bool = False  # half of the uniform queries inside and half outside, as far as the shape has both
    mirrored: bool = False  # half of the pictures, and their shapes, with left and right exchanged; for viewer-centred networks
    retouched: bool = False  # pictures with other colours and margins, as photos by other hands have; likewise
    turned: bool = False  # voxels, and their shapes, turned and mirrored by a random one of the 48 symmetries of the cube
    touched_share: float = 0.0  # of voxel grids, in which every voxel that the surface touches is full, not by its centre alone

    def __post_init__(self) -> None:
        if not 0.0 <= self.touched_share <= 1.0:
            raise ValueError("touched_share must be between 0 and 1")
        if min(self.uniform_queries, self.near_queries, self.noise) < 0:
            raise ValueError("uniform_queries, near_queries and noise must be at least 0")
        if self.points < 1 or self.uniform_queries + self.near_queries < 1:
            raise ValueError("points and the number of queries must be at least 1")


@dataclass(frozen=True)
class Reader:
    """What an encoder takes of the kind of observation that it reads."""

    kind: str  # as `Encoder.reads` says it
    size: int = 0  # pixels or voxels along each edge of what it is trained on
    normals: bool = False  # whether a cloud may come with normals
    viewer_centred: bool = False  # shapes stand as their picture shows them; see occnet/data/viewer.py
    places: bool = False  # the network learns where the picture shows the points
    local: bool = False  # its code lies on the points, so that scans of any size and in any view can be read
    categories: tuple[str, ...] = ()  # that are told apart, by the first folder of a shape's name


@dataclass(frozen=True, eq=False)
class SampleOf:
    """What a sample is asked for: a shape of a split, how it is read, and the random numbers to draw with."""

    split: Split
    shape: int
    index: int  # of the shape in all the splits of a training
    reader: Reader
    config: SamplesConfig
    generator: np.random.Generator
    fixed_queries: int | None = None  # of a validation: so many uniform ones, and nothing else is left to chance
    distances: bool = False  # whether the sample tells how far its points are from the surface
    surface: int = 0  # points of the true surface that the sample holds


class Samples(Protocol):
    """A kind of observation, as far as training needs it; see occnet/observations."""

    def sample(self, of: SampleOf) -> Sample:
        """One training sample."""
        ...


class SampleBatches:
    """Batches of samples, drawn from several datasets in given shares; the shapes are numbered through all of them.

    kind: makes the samples. reader: what the network takes of them. distances: whether the batches hold how far the points are
    from the surface.
    """

    def __init__(
        self,
        splits: Sequence[Split],
        shares: Sequence[float],
        size: int,
        kind: Samples,
        reader: Reader,
        config: SamplesConfig,
        seed: int,
        distances: bool = False,
    ) -> None:
        if (config.mirrored or config.retouched) and not reader.viewer_centred:
            raise RecipeError(
                "mirrored and retouched need a network with viewer_centred = true; in the shape's own axes they have no sense."
            )
        if (config.turned or config.touched_share) and reader.kind != "voxels":
            raise RecipeError(f"turned and touched_share need a network that reads voxels, but this one reads {reader.kind}.")
        self.splits, self.size, self.kind, self.reader = list(splits), size, kind, reader
        self.config, self.seed, self.distances = config, seed, distances
        self.surface = 0  # points of the true surface that they hold of each shape
        self._shares = normal_shares(shares, len(splits))
        self._starts = np.cumsum([0, *(len(split) for split in splits)])

    def batch(self, step: int, part: range | None = None) -> Batch:
        """The batch of that training step, or the part of it with these numbers: each sample has its own random numbers."""
        samples = []
        for sample in part or range(self.size):
            generator = np.random.default_rng((self.seed, step, sample + 1))
            number, shape = drawn(self.splits, self._shares, generator)
            index = int(self._starts[number]) + shape
            asked = SampleOf(self.splits[number], shape, index, self.reader, self.config, generator)
            samples.append(self.kind.sample(replace(asked, distances=self.distances, surface=self.surface)))
        return stacked(samples)


def validation_samples(batches: SampleBatches, split: Split, shapes: Sequence[int], queries: int) -> Batch:
    """The observations of the given shapes, with uniform queries, as the batches make them: the same at every call."""
    asked = (
        SampleOf(split, shape, shape, batches.reader, batches.config, np.random.default_rng((shape, queries)), queries)
        for shape in shapes
    )
    return stacked([batches.kind.sample(replace(of, surface=batches.surface)) for of in asked])


def labelled(of: SampleOf, observation: Callable[[], NDArray], viewer: Viewer | None = None) -> Sample:
    """A sample with its labelled points, which are drawn before the observation is made.

    viewer: turns the shape's own coordinates into those of the sample.
    """
    points, inside = _queries(of, viewer)
    distances = None
    if of.distances:
        surface, _ = of.split.surface(of.shape, of.split.surface_points, np.random.default_rng(of.shape))
        distances = distances_to(surface if viewer is None else viewer.to_viewer(surface), points)
    seen = observation()
    return Sample(seen, points, inside.astype(np.float32), distances=distances, surface=_surface(of, viewer))


def turned(sample: Sample, generator: np.random.Generator) -> Sample:
    """Voxels (R, R, R) and labelled points of the unit cube after the same random symmetry of the cube."""
    order, flipped = generator.permutation(3), generator.random(3) < 0.5
    grid = np.flip(sample.observation.transpose(order), axis=tuple(np.flatnonzero(flipped).tolist()))
    surface = sample.surface
    if surface is not None:
        surface = np.concatenate([_turned(part, order, flipped) for part in (surface[:, :3], surface[:, 3:])], axis=1)
    return replace(
        sample, observation=np.ascontiguousarray(grid), points=_turned(sample.points, order, flipped), surface=surface
    )


def _turned(vectors: NDArray, order: NDArray, flipped: NDArray[np.bool_]) -> NDArray:
    return vectors[:, order] * np.where(flipped, -1, 1).astype(vectors.dtype)


def _surface(of: SampleOf, viewer: Viewer | None) -> NDArray[np.float32] | None:
    """Points of the true surface with their normals, (S, 6), where they are asked for."""
    if not of.surface:
        return None
    points, normals = of.split.surface(of.shape, of.surface, of.generator)
    if viewer is not None:
        points, normals = viewer.to_viewer(points), normals @ viewer.turn.T
    return np.concatenate([points, normals], axis=1).astype(np.float32)


def _queries(of: SampleOf, viewer: Viewer | None) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    config, generator = of.config, of.generator
    if of.fixed_queries is not None:
        return _uniform(of, of.fixed_queries, viewer)
    if config.balanced and config.uniform_queries:
        points, inside = _balanced(*_uniform(of, 4 * config.uniform_queries, viewer), generator)
    else:
        points, inside = _uniform(of, config.uniform_queries, viewer)
    if not config.near_queries:
        return points, inside
    near, near_inside = of.split.labelled(of.shape, "near", config.near_queries, generator)
    near = near if viewer is None else viewer.to_viewer(near).astype(np.float32)
    return np.concatenate([points, near]), np.concatenate([inside, near_inside])


def _uniform(of: SampleOf, count: int, viewer: Viewer | None) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if viewer is None:
        return of.split.labelled(of.shape, "uniform", count, of.generator)
    stored = of.split.labelled(of.shape, "uniform", stored_for(of.split, count), of.generator)
    return viewer.labelled(*stored, count, of.generator)


def _balanced(
    points: NDArray[np.float32], inside: NDArray[np.bool_], generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A quarter of the points, half of them inside and half outside; drawn anew from those of a side that has too few."""
    wanted = len(points) // 4
    sides = [np.flatnonzero(inside), np.flatnonzero(~inside)]
    if not all(map(len, sides)):
        return points[:wanted], inside[:wanted]
    counts = [wanted // 2, wanted - wanted // 2]
    picked = [generator.choice(side, count, replace=len(side) < count) for side, count in zip(sides, counts, strict=True)]
    chosen = np.concatenate(picked)
    return points[chosen], inside[chosen]


def check_numbering(shapes: int, splits: Sequence[Split]) -> None:
    """Raise DatasetError when a table of codes has another number of rows than the splits have shapes."""
    total = sum(len(split) for split in splits)
    if shapes != total:
        raise DatasetError(f"The recipe tells {shapes} shapes apart, but its datasets hold {total}; set shapes = {total}.")
