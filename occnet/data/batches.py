"""Training batches as a pure function of seed and step: any step can be made again, on any machine, in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.scans import Scan, ScanConfig, clean_scans, simulate_scans
from occnet.data.split_protocol import Split
from occnet.errors import RecipeError


@dataclass(frozen=True, eq=False)
class Batch:
    """One batch of samples on the CPU."""

    observation: (
        Tensor  # (B, N, 3) float32 clouds, (B, N, 6) with normals, (B, 3, H, W) images, (B, R, R, R) voxels, (B,) or (B, 0)
    )
    points: Tensor  # (B, Q, 3) float32
    inside: Tensor  # (B, Q) float32, 0 or 1
    places: Tensor | None = None  # (B, Q, 2) float32, where the picture shows the points, for encoders that learn to tell
    distances: Tensor | None = None  # (B, Q) float32, to the surface in edges of the unit cube, for losses that want them
    directions: Tensor | None = None  # (B, N, 3) float32, true outward normals of a cloud's points, zero where there is none
    surface: Tensor | None = None  # (B, S, 6) float32, points of the true surface with outward normals, for losses on surfaces
    pixels: Tensor | None = None  # (B, 6, h, w) float32, what is true at every second pixel of a photo; see occnet/data/photos
    view: Tensor | None = None  # (B, 5) float32, from where the photo was taken

    def to(self, device: torch.device) -> Batch:
        """The same batch there."""
        parts = (getattr(self, field.name) for field in fields(self))
        return Batch(*(part if part is None else part.to(device) for part in parts))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Sample:
    """One training sample: the rows of a Batch."""

    observation: NDArray
    points: NDArray  # (Q, 3) float32
    inside: NDArray  # (Q,) float32, 0 or 1
    places: NDArray | None = None  # (Q, 2)
    distances: NDArray | None = None  # (Q,)
    directions: NDArray | None = None  # (N, 3)
    surface: NDArray | None = None  # (S, 6)
    pixels: NDArray | None = None  # (6, h, w)
    view: NDArray | None = None  # (5,)


class StepBatches(Protocol):
    """The samples of each training step, made anew whenever they are asked for."""

    def batch(self, step: int, part: range | None = None) -> Batch:
        """The batch of that step, or the part of it with these numbers."""
        ...


class ScanBatches:
    """Batches of simulated scans, drawn from several datasets in given shares.

    All scans of a batch have the same number of points, drawn log-uniformly for each step, and all or none have normals.
    """

    def __init__(
        self,
        splits: Sequence[Split],
        shares: Sequence[float],
        size: int,
        config: ScanConfig,
        seed: int,
        distances: bool = False,
    ) -> None:
        """distances: whether the batches hold how far the points are from the surface."""
        self.distances = distances
        self.splits, self.size, self.config, self.seed = list(splits), size, config, seed
        self._shares = normal_shares(shares, len(splits))

    def batch(self, step: int, part: range | None = None) -> Batch:
        """The batch of that training step, or the part of it with these numbers: each sample has its own random numbers."""
        shared = np.random.default_rng((self.seed, step))
        low, high = np.log(self.config.points_min), np.log(self.config.points_max)
        count = int(np.exp(shared.uniform(low, high)))
        normals = bool(shared.random() < self.config.normals_share)
        generators = [np.random.default_rng((self.seed, step, sample + 1)) for sample in part or range(self.size)]
        chosen = [drawn(self.splits, self._shares, generator) for generator in generators]
        scans: dict[int, Scan] = {}
        for number, split in enumerate(self.splits):
            rows = [row for row, (of, _) in enumerate(chosen) if of == number]
            for some in _asked(split, rows):
                shapes, random = [chosen[row][1] for row in some], [generators[row] for row in some]
                scans |= zip(
                    some, simulate_scans(split, shapes, count, self.config, random, normals, self.distances), strict=True
                )
        ordered = [scan for _, scan in sorted(scans.items())]
        return stacked(
            [Sample(scan.points, scan.queries, scan.inside, None, scan.distances, scan.directions) for scan in ordered]
        )


def validation_batch(split: Split, shapes: Sequence[int], count: int, noise: float, queries: int) -> Batch:
    """The protocol's observation of the given shapes: the same at every call."""
    scans = []
    for some in _asked(split, shapes):
        generators = [np.random.default_rng((shape, count)) for shape in some]
        scans += clean_scans(split, some, count, noise, queries, generators)
    return stacked([Sample(scan.points, scan.queries, scan.inside) for scan in scans])


def _asked(split: Split, items: Sequence[int]) -> Iterator[Sequence[int]]:
    """The items in groups as large as it pays to ask the split for."""
    size = max(1, len(items)) if split.at_once else 1
    return (items[start : start + size] for start in range(0, len(items), size))


def normal_shares(shares: Sequence[float], datasets: int) -> np.ndarray:
    """The shares as probabilities. Raises RecipeError when they do not fit the number of datasets."""
    if len(shares) != datasets or min(shares) < 0.0 or not sum(shares) > 0.0:
        raise RecipeError(f"shares must give one number >= 0 for each of the {datasets} datasets, but is {list(shares)}.")
    return np.asarray(shares) / np.sum(shares)


def drawn(splits: Sequence[Sized], shares: np.ndarray, generator: np.random.Generator) -> tuple[int, int]:
    """The number of a random split, by its share, and of a random shape in it."""
    number = int(generator.choice(len(splits), p=shares))
    return number, int(generator.integers(len(splits[number])))


def stacked(samples: Sequence[Sample]) -> Batch:
    """Samples of equal sizes as one batch."""
    parts: list[Tensor | None] = []
    for field in fields(Sample):
        arrays = [getattr(sample, field.name) for sample in samples]
        parts.append(None if arrays[0] is None else torch.from_numpy(np.stack(arrays)))
    observation, points, inside, *rest = parts
    assert observation is not None
    assert points is not None
    assert inside is not None
    return Batch(observation, points, inside, *rest)
