"""The ground that the things of a scan stand on, a table or a floor: found, and told from the sides of things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.ground.footprint import Footprint, hull_area
from occnet.geometry.ground.plane import Plane, dominating_plane
from occnet.geometry.scan.spacing import local_spacing

_JUDGED = 20_000  # points that the judgement is made on; what it says holds for all
_REACH = 0.01  # of the diagonal of the scan's middle: how uneven a ground may be, and points of it noisy
_DEVIATIONS = 4.0  # from the plane, up to which points are the ground's
_SPACINGS = 0.25  # from the plane, likewise, at least: noise-free scans have no deviation
_CELL = 2.5  # spacings: of points at random, two cells in a thousand are empty
_LEAST = 0.15  # of the points lie in the plane
_PIECE = 0.05  # of the area, that a part of it holds at least: what else crosses the plane is no ground
_BELOW = 0.02  # of the points over the ground lie below it, at most: reflections
_BESIDE = 0.1  # of all points lie neither in it nor above it, at most
_FREE = 0.3  # of its area has nothing above, at least; of a box's bottom nothing is free
_WIDER = 0.8  # of the area of its hull, at most, is the area of the hull of what is above; walls stand around all of a room
_FLAT = 100.0  # times the deviation of its points from it is the edge of a square of its area, at least; sheets of metal bend
_HIGH = 4.0  # times the tolerance is how far what stands on it rises, at least
_TWO_SHEETS = 1.7  # kurtosis of the heights: 1 for the two sides of a board, 3 for noise
_TRIED = 3  # planes, the one with most points first: the ground may be smaller than a wall behind
_EXACT = 1e-6  # of the diagonal: deviations that are rounding


@dataclass(frozen=True, eq=False)
class Ground:
    """A plane that things stand on. tolerance: how far from it points of it lie. footprint: where it is, holes filled.

    own: (N,) bool, which points of the scan are its. above: (N,) bool, which are of things over it. spacing: of its points.
    """

    plane: Plane
    tolerance: float
    footprint: Footprint
    own: NDArray[np.bool_]
    above: NDArray[np.bool_]
    spacing: float


def find_ground(points: NDArray[np.float64], sensors: NDArray[np.float64] | None = None, sure: bool = True) -> Ground | None:
    """The plane that the things of a scan stand on, None where it shows none.

    points: (N, 3) of a scan without strays. sensors: (1, 3) or (N, 3), where they were measured from, if that is known: above
    the ground. sure: whether it must not be anything else: at least 30 % of it lie free, what stands on it reaches less far
    than the ground itself, as walls do not, and hardly anything lies below; else 15 % of the points in a plane are enough.
    """
    some = points[np.random.default_rng(0).permutation(len(points))[:_JUDGED]]
    diagonal = float(np.linalg.norm(np.ptp(np.quantile(some, (0.02, 0.98), axis=0), axis=0)))
    left = some
    for _ in range(_TRIED):
        if len(left) < max(_LEAST * len(some), 32):
            break
        plane, deviation = dominating_plane(left, _REACH * diagonal)
        within = np.abs(plane.heights(left)) <= max(_DEVIATIONS * deviation, _EXACT * diagonal)
        if within.sum() < _LEAST * len(some):
            break
        if not _is_board(plane.heights(left[within]), diagonal):
            plane = _turned_up(plane, some, _DEVIATIONS * deviation, sensors)
            spacing = float(np.quantile(local_spacing(left[within]), 0.9)) * np.sqrt(len(some) / len(points))
            ground = _judged(plane, deviation, spacing, points, sure)
            if ground is not None:
                return ground
        left = left[~within]
    return None


def _is_board(heights: NDArray[np.float64], diagonal: float) -> bool:
    """Whether points lie on both sides of a board rather than around one plane, by their heights above its middle."""
    square = float((heights**2).mean())
    return square > (_EXACT * diagonal) ** 2 and float((heights**4).mean()) < _TWO_SHEETS * square**2


def _turned_up(plane: Plane, points: NDArray[np.float64], tolerance: float, sensors: NDArray[np.float64] | None) -> Plane:
    """The plane with its upper side where the sensors are, or where most points are that do not lie in it."""
    heights = plane.heights(points)
    above, below = np.count_nonzero(heights > tolerance), np.count_nonzero(heights < -tolerance)
    is_up = above >= below if sensors is None else np.median(plane.heights(sensors)) >= 0.0
    return plane if is_up else plane.turned


def _judged(plane: Plane, deviation: float, spacing: float, points: NDArray[np.float64], sure: bool) -> Ground | None:
    tolerance = max(_DEVIATIONS * deviation, _SPACINGS * spacing)
    heights, flat = plane.heights(points), plane.flat(points)
    within = np.abs(heights) <= tolerance
    seen = Footprint.of(flat[within], _CELL * spacing)
    whole = seen.closed
    footprint = Footprint(np.any([piece.cells for piece in whole.pieces(_PIECE)], axis=0), whole.low, whole.edge)
    over = footprint.wider.holds(flat)
    own, above, below = within & over, (heights > tolerance) & over, (heights < -tolerance) & footprint.narrower.holds(flat)
    if not above.any() or own.sum() < _LEAST * len(points) or (sure and below.sum() > _BELOW * over.sum()):
        return None
    if np.sqrt(footprint.area) < _FLAT * deviation or np.quantile(heights[above], 0.9) < _HIGH * tolerance:
        return None
    if sure:
        covered = seen.with_places(flat[above]).closed
        free = Footprint(seen.cells & ~covered.cells, seen.low, seen.edge).area
        if free < _FREE * footprint.area or hull_area(flat[above]) > _WIDER * hull_area(footprint.middles):
            return None
        if (~(own | above)).mean() > _BESIDE:
            return None
    return Ground(plane, tolerance, footprint, own, above, spacing)
