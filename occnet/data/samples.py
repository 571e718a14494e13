"""The papers' own training samples: shapes as they stand, one observation each, and queries from the padded cube."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.data.batches import Batch, drawn, normal_shares, stacked
from occnet.data.pictures import Retouching, places_in, values_in, window_of
from occnet.data.prepared_split import PreparedSplit
from occnet.data.viewer import Viewer, stored_for, viewer_of
from occnet.errors import DatasetError, RecipeError
from occnet.mesh import Frame


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

    def __post_init__(self) -> None:
        if min(self.uniform_queries, self.near_queries, self.noise) < 0:
            raise ValueError("uniform_queries, near_queries and noise must be at least 0")
        if self.points < 1 or self.uniform_queries + self.near_queries < 1:
            raise ValueError("points and the number of queries must be at least 1")


@dataclass(frozen=True)
class ObservationKind:
    """What an encoder reads: "points", "image", "voxels", "index" or "nothing", and how large an image or grid is."""

    reads: str
    size: int = 0  # pixels or voxels along each edge
    viewer_centred: bool = False  # shapes stand as their picture shows them; see occnet/data/viewer.py
    places: bool = False  # the network learns where the picture shows the points


class SampleBatches:
    """Batches of samples, drawn from several datasets in given shares; the shapes are numbered through all of them."""

    def __init__(
        self,
        splits: Sequence[PreparedSplit],
        shares: Sequence[float],
        size: int,
        kind: ObservationKind,
        config: SamplesConfig,
        seed: int,
    ) -> None:
        if (config.mirrored or config.retouched) and not kind.viewer_centred:
            raise RecipeError(
                "mirrored and retouched need a network with viewer_centred = true; in the shape's own axes they have no sense."
            )
        if config.turned and kind.reads != "voxels":
            raise RecipeError(f"turned = true needs a network that reads voxels, but this one reads {kind.reads}.")
        self.splits, self.size, self.kind, self.config, self.seed = list(splits), size, kind, config, seed
        self._shares = normal_shares(shares, len(splits))
        self._starts = np.cumsum([0, *(len(split) for split in splits)])

    def batch(self, step: int, part: range | None = None) -> Batch:
        """The batch of that training step, or the part of it with these numbers: each sample has its own random numbers."""
        samples = []
        for sample in part or range(self.size):
            generator = np.random.default_rng((self.seed, step, sample + 1))
            number, shape = drawn(self.splits, self._shares, generator)
            split = self.splits[number]
            view = int(generator.integers(split.views)) if self.kind.reads == "image" else 0
            viewer = viewer_of(split, shape, view) if self.kind.viewer_centred else None
            labelled = _queries(split, shape, self.config, viewer, generator)
            index = int(self._starts[number]) + shape
            if self.kind.reads == "image":
                retouching = Retouching.drawn(generator) if self.config.retouched else None
                made = _picture(split, shape, view, labelled, self.kind, viewer, retouching)
                made = _mirrored(*made) if self.config.mirrored and generator.random() < 0.5 else made
            else:
                own = _sample(split, shape, index, labelled, self, generator)
                made = turned(*own, generator) if self.config.turned else own
            samples.append(made)
        return stacked(samples)


def validation_samples(batches: SampleBatches, split: PreparedSplit, shapes: Sequence[int], queries: int) -> Batch:
    """The observations of the given shapes, with uniform queries, as the batches make them: the same at every call.

    Images: shape number s is seen from view s modulo the number of views.
    """
    samples = []
    for shape in shapes:
        generator = np.random.default_rng((shape, queries))
        view = shape % split.views if batches.kind.reads == "image" else 0
        viewer = viewer_of(split, shape, view) if batches.kind.viewer_centred else None
        labelled = _uniform(split, shape, queries, viewer, generator)
        if batches.kind.reads == "image":
            samples.append(_picture(split, shape, view, labelled, batches.kind, viewer))
        else:
            samples.append(_sample(split, shape, shape, labelled, batches, generator))
    return stacked(samples)


def _picture(
    split: PreparedSplit,
    shape: int,
    view: int,
    labelled: tuple[NDArray[np.float32], NDArray[np.bool_]],
    kind: ObservationKind,
    viewer: Viewer | None,
    retouching: Retouching | None = None,
) -> tuple[NDArray[np.float32], ...]:
    """Picture, queries and labels of one shape and, where the network learns them, the queries' places in the picture."""
    pixels = split.image(shape, view)
    window = window_of(pixels, kind.viewer_centred, retouching)
    points, inside = labelled
    made = (values_in(pixels, window, kind.size, retouching), points, inside.astype(np.float32))
    if not kind.places or viewer is None:
        return made
    return *made, places_in(window, split.camera(shape, view), viewer.to_own(points))


def _sample(
    split: PreparedSplit,
    shape: int,
    index: int,
    labelled: tuple[NDArray[np.float32], NDArray[np.bool_]],
    batches: SampleBatches,
    generator: np.random.Generator,
) -> tuple[NDArray, NDArray[np.float32], NDArray[np.float32]]:
    """Observation, queries and labels of one shape, as the encoder takes them."""
    kind, config = batches.kind, batches.config
    points, inside = labelled[0], labelled[1].astype(np.float32)
    if kind.reads == "points":
        cloud, _ = split.surface(shape, config.points, generator)
        cloud = cloud + np.float32(config.noise) * generator.standard_normal(cloud.shape, dtype=np.float32)
        frame = Frame.of(cloud) if config.framed else Frame(np.zeros(3), 1.0)
        return frame.to_unit(cloud).astype(np.float32), frame.to_unit(points).astype(np.float32), inside
    if kind.reads == "voxels":
        return split.voxels(shape, kind.size).astype(np.float32), points, inside
    return (np.array(index, dtype=np.int64) if kind.reads == "index" else np.zeros(0, dtype=np.float32)), points, inside


def _mirrored(image: NDArray, points: NDArray, inside: NDArray, *places: NDArray) -> tuple[NDArray, ...]:
    flipped = (place * np.array([-1, 1], dtype=place.dtype) for place in places)
    return image[:, :, ::-1], points * np.array([-1, 1, 1], dtype=points.dtype), inside, *flipped


def turned(
    voxels: NDArray[np.float32], points: NDArray[np.float32], inside: NDArray[np.float32], generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Voxels (R, R, R) and labelled points (N, 3) of the unit cube after the same random symmetry of the cube."""
    order, flipped = generator.permutation(3), generator.random(3) < 0.5
    grid = np.flip(voxels.transpose(order), axis=tuple(np.flatnonzero(flipped).tolist()))
    return np.ascontiguousarray(grid), points[:, order] * np.where(flipped, -1, 1).astype(points.dtype), inside


def _queries(
    split: PreparedSplit, shape: int, config: SamplesConfig, viewer: Viewer | None, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if config.balanced and config.uniform_queries:
        points, inside = _balanced(*_uniform(split, shape, 4 * config.uniform_queries, viewer, generator), generator)
    else:
        points, inside = _uniform(split, shape, config.uniform_queries, viewer, generator)
    if not config.near_queries:
        return points, inside
    near, near_inside = split.labelled(shape, "near", config.near_queries, generator)
    near = near if viewer is None else viewer.to_viewer(near).astype(np.float32)
    return np.concatenate([points, near]), np.concatenate([inside, near_inside])


def _uniform(
    split: PreparedSplit, shape: int, count: int, viewer: Viewer | None, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if viewer is None:
        return split.labelled(shape, "uniform", count, generator)
    return viewer.labelled(*split.labelled(shape, "uniform", stored_for(split, count), generator), count, generator)


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


def check_numbering(shapes: int, splits: Sequence[PreparedSplit]) -> None:
    """Nothing; raises DatasetError when a table of codes has another number of rows than the splits have shapes."""
    total = sum(len(split) for split in splits)
    if shapes != total:
        raise DatasetError(f"The recipe tells {shapes} shapes apart, but its datasets hold {total}; set shapes = {total}.")
