"""Points of a scan that lie alone, far from all others: they must not decide how large the scan is, nor what is solid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

_COMPANY = 4  # neighbours that a point of a real part has nearby
_FAR = 12.0  # times the usual distance to that neighbour: alone, whatever the others are
_MOST = 0.05  # of the points; where more lie so far, the scan is just sparse there
_APART = 3.0  # times the usual distance: alone, where such points are scattered in space
_SCATTERED = 0.9  # of the spacing of points thrown into the box at random; those on sparse surfaces lie closer together
_FEWEST = 16  # points that lie apart, to tell how they are spread
_FLATTEST = 0.5  # of the longest edge of the box: in a flatter one, sparse surfaces and scattered points look alike


def strays(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points, (N, 3), lie alone: (N,) bool.

    A point does whose 4th nearest neighbour is 12 times farther than usual; usual is the median over the scan. A part far from
    the rest is no stray as long as it has five points, nor is anything where more than 5 % of the points would be.

    A point does, too, whose 4th nearest neighbour is 3 times farther than usual, if such points are outliers and not the sparse
    side of a scan: if they fill the box of the scan evenly, each about as far from the next as points at random are.
    Source: Clark and Evans, Distance to Nearest Neighbor as a Measure of Spatial Relationships in Populations, 1954.
    """
    count = len(points)
    if count <= _COMPANY:
        return np.zeros(count, dtype=bool)
    distance = KDTree(points).query(points, k=_COMPANY + 1)[0][:, -1]
    usual = np.median(distance)
    apart = distance > _APART * usual
    if _are_scattered(points[apart], points):
        return apart
    alone = distance > _FAR * usual
    return alone if alone.mean() <= _MOST else np.zeros(count, dtype=bool)


def _are_scattered(some: NDArray[np.float64], points: NDArray[np.float64]) -> bool:
    """Whether some of the points, (M, 3), are spread over the box of all of them as points at random are."""
    if len(some) < _FEWEST:
        return False
    edges = np.ptp(points, axis=0)
    room = np.maximum(edges, _FLATTEST * edges.max()).prod() / len(some)  # a point
    expected = 0.554 * np.cbrt(room)  # mean distance to the nearest of points at random
    return float(KDTree(some).query(some, k=2)[0][:, 1].mean()) > _SCATTERED * expected
