"""A cloud in several readings whose answers are averaged: samples of the size that a network was trained on, each turned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from occnet.observations.interface import Reading
from occnet.observations.reading_options import SUBSAMPLES
from occnet.observations.symmetries import Symmetry

MOST_POINTS = 10_000  # the largest scans that the shipped model was trained on
BEST_POINTS = 3333  # of a sample, where noise hides what more of them would show
LEAST_NOISE = 0.003  # of the longest edge, from which on it does


def subsamples(cloud: Tensor, most: int = SUBSAMPLES, size: int = MOST_POINTS) -> tuple[Tensor, ...]:
    """At most `most` pieces of a cloud (N, ...) in random order, of so many points each, or the whole where it has fewer.

    Together they hold as many of the points as they can; the last ones may share some.
    """
    cloud = cloud[: most * size]
    pieces, size = -(-len(cloud) // size), min(len(cloud), size)
    starts = np.linspace(0, len(cloud) - size, pieces).astype(int)
    return tuple(cloud[start : start + size] for start in starts)


def sample_size(points: int, noise: float, most: int = SUBSAMPLES) -> int:
    """How many points of a cloud are best read at once: all that the network can read, or fewer where noise hides more.

    noise: standard deviation in the unit cube. Several samples of a noisy cloud have errors of their own, which the mean of
    their answers lowers more than the network does that reads all points at once (docs/benchmarks.md).
    """
    pieces = min(most, round(points / BEST_POINTS)) if noise >= LEAST_NOISE else 1
    return min(MOST_POINTS, -(-points // pieces)) if pieces > 1 else MOST_POINTS


def readings(samples: Sequence[Tensor], symmetries: int = 1) -> tuple[Reading, ...]:
    """Samples of a cloud with the symmetries that turned them: each of several in turn (one of its own costs a sample nothing),
    or a single one in all of them."""
    pairs = [
        (samples[number % len(samples)], Symmetry.of(number % symmetries)) for number in range(max(len(samples), symmetries))
    ]
    return tuple((symmetry.turned(sample), symmetry) for sample, symmetry in pairs)
