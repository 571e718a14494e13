"""The plane that most points of a scan lie in, found among others by drawing triples of points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.vectors import normalized

_DRAWN = 1000  # points of the scan that planes are judged by
_TRIPLES = 1000  # planes that are tried: one of 15 % of the points is missed once in thirty scans
_AT_ONCE = 250  # of them
_FINER, _STEP = 2, 4.0  # how often planes are tried again among the points held, and how much nearer these then must be
_MOST = 0.6  # of which so many must be, or the plane is not so even
_ROUNDS = 4  # of fitting the plane to the points that lie in it
_DEVIATIONS = 3.0  # from the plane, up to which points lie in it
_MEDIAN = 1.4826  # standard deviations of a normal distribution in its median absolute deviation


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane with two sides. origin: (3,) a point of it. normal: (3,) of length one, to its upper side."""

    origin: NDArray[np.float64]
    normal: NDArray[np.float64]

    @property
    def axes(self) -> NDArray[np.float64]:
        """Two directions within it, (2, 3), that make a right-handed frame with the normal."""
        first = np.eye(3)[np.abs(self.normal).argmin()]
        first = normalized(first - (first @ self.normal) * self.normal)
        return np.stack([first, np.cross(self.normal, first)])

    @property
    def turned(self) -> Plane:
        """The same plane with its sides exchanged."""
        return Plane(self.origin, -self.normal)

    def heights(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """How far above it points (N, 3) lie, (N,), negative below."""
        return (points - self.origin) @ self.normal

    def flat(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Where points (N, 3) lie along its two axes from its origin, (N, 2)."""
        return (points - self.origin) @ self.axes.T

    def raised(self, flat: NDArray[np.floating], heights: NDArray[np.floating] | float = 0.0) -> NDArray[np.float64]:
        """The points (N, 3) at places (N, 2) along its axes and at heights above it."""
        return self.origin + flat @ self.axes + np.multiply.outer(np.broadcast_to(heights, len(flat)), self.normal)


def dominating_plane(points: NDArray[np.float64], reach: float, seed: int = 0) -> tuple[Plane, float]:
    """The plane that most points (N, 3) lie near, and their standard deviation from it.

    reach: how far points lie from it at most. The side of the normal means nothing. The deviation is that of the middle half of
    the points, so that what stands on the plane does not count. The same for the same seed.
    Source: random sample consensus, Fischler and Bolles 1981, refined by least squares.
    """
    generator = np.random.default_rng(seed)
    origin = points.mean(axis=0)
    some = points[generator.permutation(len(points))[:_DRAWN]] - origin
    best = _best_of_triples(some, reach, generator)
    even = reach
    for _ in range(_FINER):  # what lies flat on the plane, a book, is left out where the plane itself is even enough
        held = some[np.abs(best.heights(some)) <= even]
        finer = _best_of_triples(held, even / _STEP, generator)
        if np.count_nonzero(np.abs(finer.heights(held)) <= even / _STEP) < _MOST * len(held):
            break
        best, even = finer, even / _STEP
    plane, deviation = Plane(origin + best.origin, best.normal), even
    for _ in range(_ROUNDS):
        heights = plane.heights(points)
        held = points[np.abs(heights) <= min(reach, max(_DEVIATIONS * deviation, 0.05 * reach))]
        if len(held) < 3:
            break
        middle = held.mean(axis=0)
        normal = np.linalg.eigh((held - middle).T @ (held - middle))[1][:, 0]
        plane = Plane(middle, normal)
        deviation = _MEDIAN * float(np.median(np.abs(plane.heights(held))))
    return plane, deviation


def _best_of_triples(points: NDArray[np.float64], reach: float, generator: np.random.Generator) -> Plane:
    best, most = Plane(np.zeros(3), np.array([0.0, 0.0, 1.0])), -1
    for _ in range(_TRIPLES // _AT_ONCE):
        a, b, c = points[generator.integers(len(points), size=(3, _AT_ONCE))]
        normals = normalized(np.cross(b - a, c - a))  # (T, 3), zero where the three lie on a line: then nothing counts
        counts = (np.abs(normals @ points.T - (normals * a).sum(axis=1)[:, None]) <= reach).sum(axis=1)
        counts[~normals.any(axis=1)] = 0
        if counts.max() > most:
            most, chosen = int(counts.max()), int(counts.argmax())
            best = Plane(a[chosen], normals[chosen])
    return best
