"""The things of a scan one by one: those that stand on its ground, or all there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.ground.ground import Ground
from occnet.geometry.scan.groups import groups_of
from occnet.geometry.scan.spacing import local_spacing

_REACH = 4.0  # spacings: points so near to each other are of one thing for certain; the spacing is that of the sparsest tenth
_SAMPLE = 20_000  # points that the spacing is told by
_FEWEST = 64  # points of a thing
_LEAST = 0.005  # of the points of all things; smaller groups are noise of the ground or of the air


@dataclass(frozen=True, eq=False)
class Things:
    """What a scan shows beside its ground.

    of_point: (N,) the number of each point's thing, the one with most points being 0; -1 for the ground's points and for what
    is too small to be one. standing: (T,) bool, whether each thing stands on the ground; else it hovers, or is not over it.
    """

    of_point: NDArray[np.int64]
    standing: NDArray[np.bool_]


def things_of(points: NDArray[np.float64], ground: Ground, beside: bool = False) -> Things:
    """The things of a scan, points (N, 3).

    They are groups with room between them, about four times the points' spacing at least. A group that hovers belongs to the
    thing that it would fall from: to the nearest that stands, where it is nearer to that than its own size. beside: whether
    what lies beside and below the ground counts as things, too.
    """
    rows = np.flatnonzero(~ground.own if beside else ground.above)
    some = points[rows]
    reach = _REACH * _spacing(some)
    group = groups_of(some, reach)
    heights = ground.plane.heights(some)
    lowest = np.full(group.max() + 1, np.inf)
    np.minimum.at(lowest, group, np.where(ground.above[rows], heights, np.inf))
    stands = lowest <= ground.tolerance + reach
    number, order = _large_enough(_with_hovering(some, group, stands))
    of_point = np.full(len(points), -1)
    of_point[rows] = number
    return Things(of_point, stands[order])


def things_apart(points: NDArray[np.float64]) -> Things:
    """As `things_of`, of a scan without a ground."""
    number, order = _large_enough(groups_of(points, _REACH * _spacing(points)))
    return Things(number, np.zeros(len(order), dtype=bool))


def _large_enough(group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of each point's thing, (N,), -1 where its group is too small to be one; and the group of each thing."""
    sizes = np.bincount(group)
    order = np.flatnonzero(sizes >= max(_FEWEST, _LEAST * len(group)))
    order = order[np.argsort(-sizes[order], kind="stable")]
    number = np.full(len(sizes), -1)
    number[order] = np.arange(len(order))
    return number[group], order


def _spacing(points: NDArray[np.float64]) -> float:
    """That of the sparsest tenth of the points (N, 3)."""
    if len(points) <= _SAMPLE:
        return float(np.quantile(local_spacing(points), 0.9))
    some = points[np.random.default_rng(0).permutation(len(points))[:_SAMPLE]]
    return float(np.quantile(local_spacing(some), 0.9)) * float(np.sqrt(_SAMPLE / len(points)))


def _with_hovering(points: NDArray[np.float64], group: NDArray[np.int64], stands: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The groups, (N,), those that hover being joined to the standing one next to them."""
    on = stands[group]
    if on.all() or not on.any():
        return group
    group = group.copy()
    tree, owners = KDTree(points[on]), group[on]
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(stands) + 1))
    for hovering in np.flatnonzero(~stands):
        rows = order[starts[hovering] : starts[hovering + 1]]
        if not len(rows):
            continue
        distance, nearest = (np.asarray(found) for found in tree.query(points[rows]))
        if distance.min() <= np.linalg.norm(np.ptp(points[rows], axis=0)):
            group[rows] = owners[nearest[distance.argmin()]]
    return group
