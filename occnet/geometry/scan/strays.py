"""Points of a scan that lie alone or in small groups, far from all others: they must not decide how large the scan is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.morton import CELLS, morton_codes
from occnet.geometry.scan.groups import groups_of

_COMPANY = 4  # neighbours that a point of a real part has nearby
_FAR = 12.0  # times the usual distance to that neighbour: alone, whatever the others are
_MOST = 0.05  # of the points; where more lie so far, the scan is just sparse there
_APART = 3.0  # times the usual distance: alone, where such points are scattered in space
_SCATTERED = 0.9  # of the spacing of points thrown into the box at random; those on sparse surfaces lie closer together
_FEWEST = 16  # points that lie apart, to tell how they are spread
_FLATTEST = 0.5  # of the longest edge of the box: in a flatter one, sparse surfaces and scattered points look alike
_SMALL = 0.01  # of the points: what a far group of strays holds at most, a reflection for example
_ASKED = 64  # points of each such group whose distance is taken: far from everything, that takes long
_AWAY = 0.5  # of the diagonal of the rest: how far from it such a group lies at least


def strays(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points, (N, 3), lie alone: (N,) bool.

    A point does whose 4th nearest neighbour is 12 times farther than usual; usual is the median over the scan. So do up to 1 %
    of the points that form a group, if half of the diagonal of the box around all the rest lies between: the rest would be
    small beside the gap. Nothing does where more than 5 % of the points would.

    A point does, too, whose 4th nearest neighbour is 3 times farther than usual, if such points are outliers and not the sparse
    side of a scan: if they fill the box of the scan evenly, each about as far from the next as points at random are.
    Source: Clark and Evans, Distance to Nearest Neighbor as a Measure of Spatial Relationships in Populations, 1954.
    """
    count = len(points)
    with np.errstate(over="ignore"):
        longest = float(np.ptp(points, axis=0).max()) if count > _COMPANY else 0.0
    if not 0.0 < longest < np.inf:
        return np.zeros(count, dtype=bool)
    points = points / longest  # squares of distances neither overflow nor vanish
    distance = _distances(points)
    usual = float(np.median(distance))
    found = distance > _APART * usual
    if not _are_scattered(points[found], points):
        found = distance > _FAR * usual
        found &= found.mean() <= _MOST
    found[~found] = _far_groups(points[~found], _FAR * usual)
    return found


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """To the 4th nearest neighbour of each point (N, 3), (N,)."""
    order = np.argsort(morton_codes((points - points.min(axis=0)) * CELLS))  # near ones in turn: four times as fast
    ordered = points[order]
    distance = np.empty(len(points))
    distance[order] = KDTree(ordered).query(ordered, k=_COMPANY + 1)[0][:, -1]
    return distance


def _far_groups(points: NDArray[np.float64], reach: float) -> NDArray[np.bool_]:
    """Which points, (N, 3), belong to small groups far from all large ones: (N,) bool."""
    far = np.zeros(len(points), dtype=bool)
    if not reach > 0.0:
        return far
    number = groups_of(points, reach)
    small = (np.bincount(number) <= _SMALL * len(points))[number]
    if small.all() or not small.any():
        return far
    rest = points[~small]
    order = np.flatnonzero(small)[np.argsort(number[small], kind="stable")]
    begins = np.flatnonzero(np.diff(number[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    asked = order[place < _ASKED]
    near = KDTree(rest).query(points[asked])[0] <= _AWAY * np.linalg.norm(np.ptp(rest, axis=0))
    far[small] = ~np.isin(number[small], number[asked[near]])  # a group with a point nearby is not far as a whole
    return far & (far.mean() <= _MOST)


def _are_scattered(some: NDArray[np.float64], points: NDArray[np.float64]) -> bool:
    """Whether some of the points, (M, 3), are spread over the box of all of them as points at random are."""
    if len(some) < _FEWEST:
        return False
    edges = np.ptp(points, axis=0)
    room = np.maximum(edges, _FLATTEST * edges.max()).prod() / len(some)  # a point
    expected = 0.554 * np.cbrt(room)  # mean distance to the nearest of points at random
    return float(KDTree(some).query(some, k=2)[0][:, 1].mean()) > _SCATTERED * expected
