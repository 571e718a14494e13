"""Fewer points of a scan: those that are left out lie where it is densest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CELLS = 128  # along the longest edge of the box: density is told for each
_ROUNDS = 60  # of halving, which find how many a cell keeps


def thinned(points: NDArray[np.float64], most: int, seed: int = 0) -> NDArray[np.int64]:
    """Which of the points, (N, 3), are kept where there are more than so many: rows (M,), ascending, M about `most`.

    They are drawn at random, from each of the cells of a grid at most as many as leave that many in all: sparse parts stay as
    they are, and dense ones, as those near a scanner, become even. The same for the same seed. Takes a few passes, no search.
    """
    if len(points) <= most:
        return np.arange(len(points))
    low = points.min(axis=0)
    edge = float(np.ptp(points, axis=0).max()) / _CELLS
    place = np.minimum((points - low) / edge, _CELLS - 1).astype(np.int64)
    cell = (place[:, 0] * _CELLS + place[:, 1]) * _CELLS + place[:, 2]
    counts = np.bincount(cell, minlength=1)
    share = _cap(counts, most) / np.maximum(counts, 1)
    return np.flatnonzero(np.random.default_rng(seed).random(len(points)) < share[cell])


def _cap(counts: NDArray[np.int64], most: int) -> NDArray[np.float64]:
    """The counts with a common upper limit that makes them so many in all."""
    low, high = 0.0, float(counts.max())
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.minimum(counts, middle).sum() <= most else (low, middle)
    return np.minimum(counts, low)
