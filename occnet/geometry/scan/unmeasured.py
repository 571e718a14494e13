"""Points that no scanner measured: what its program wrote for pixels without depth.

Such points are NaN or infinite; all at one place, as a rule the origin or the sensor; at a number that stands for nothing, as
-9999; or all at the farthest depth that the camera can tell.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.scan.equal_points import Places

_PILE = 16  # points at one place, at least
_PILED = 20  # times as many as usually stand at one place
_AT_SENSOR = 1e-6  # of the usual distance from the sensor: no distance at all, up to rounding
_NOTHING = (999.0, 9999.0, 99999.0, 999999.0, 32767.0, 32768.0, 65.535, 65535.0)  # with either sign: no data
_NO_NUMBER = 1e20  # what is larger stands for nothing, too, as the largest number of 32 bits does
_OFF = 2.0  # times the extent of the rest from it: numbers as above that lie nearer may have been measured
_FARTHEST = 0.01  # of the points lie at one and the same largest distance
_ELSEWHERE = 0.1  # of so many, at most, lie at any other one


def piled(points: NDArray[np.float64], places: Places) -> NDArray[np.bool_]:
    """Which of the places of the points (N, 3) are piles: (P,) bool. Where every point comes twenty times, none is one."""
    if not len(points):
        return np.zeros(0, dtype=bool)
    return (places.counts >= _PILE) & (places.counts > _PILED * np.median(places.counts))


def at_sensor(points: NDArray[np.float64], sensors: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (N, 3) lie where they were measured from, (1, 3) or (N, 3): (N,) bool."""
    away = np.linalg.norm(points - sensors, axis=1)
    return np.asarray(away <= _AT_SENSOR * (np.median(away[away > 0.0]) if away.any() else 0.0))


def at_no_data(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (N, 3) have a coordinate that programs write for none, -9999 for example, far from all others: (N,) bool."""
    wrong = np.zeros(len(points), dtype=bool)
    while (found := _at_one_number(points, ~wrong)) is not None:
        wrong |= found
    return wrong


def _at_one_number(points: NDArray[np.float64], kept: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Those of the points kept that share one number for no data at the end of an axis; None where there are none."""
    for axis in range(3):
        values = points[kept, axis]
        for value in {float(values.min()), float(values.max())} if len(values) else ():
            if abs(value) not in _NOTHING and abs(value) < _NO_NUMBER:
                continue
            here = kept & (points[:, axis] == value)
            rest = points[kept & ~here] / abs(value)
            if len(rest):
                low, high = rest.min(axis=0), rest.max(axis=0)
                sign = math.copysign(1.0, value)
                gap = max(low[axis] - sign, sign - high[axis])
                if gap > _OFF * max((high - low)[axis], float(np.median(high - low))):
                    return here
    return None


def at_farthest(points: NDArray[np.float64], sensors: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (N, 3) lie at the largest distance that the sensor, (1, 3) or (N, 3), can tell: (N,) bool.

    That is where many of them share one depth (their z, if the sensor is the origin and all lie before it) or one distance to
    the last digits, no point lies farther, and no other depth is shared by nearly as many. Real walls are never so flat.
    """
    depths = [np.linalg.norm(points - sensors, axis=1)]
    if len(points) and not sensors.any() and points[:, 2].min() > 0.0:
        depths.append(points[:, 2])
    for depth in depths:
        found = _at_shared_largest(depth)
        if found.any():
            return found
    return np.zeros(len(points), dtype=bool)


def _at_shared_largest(depth: NDArray[np.float64]) -> NDArray[np.bool_]:
    if not len(depth):
        return np.zeros(0, dtype=bool)
    steps = np.round(depth / (_AT_SENSOR * depth.max()))
    values, counts = np.unique(steps, return_counts=True)
    many = counts[-1] >= max(_PILE, _FARTHEST * len(depth)) and counts[:-1].max(initial=0) <= _ELSEWHERE * counts[-1]
    return (steps == values[-1]) & many & (len(values) > 1)
