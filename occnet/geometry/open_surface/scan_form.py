"""What a scan shows: a solid thing, or something open, a terrain or a room, that has a surface but no inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.open_surface.sheet import THICKEST, is_one_layer, measures
from occnet.geometry.sensors.sensor_normals import plane_normals
from occnet.vectors import normalized

_FEWEST_POINTS = 500  # that show something open: fewer show too little of where it ends
_LOOKED_AT = 20_000  # points
_DIRECTIONS = 200  # from a sensor, in which something is seen or not
_AROUND = 0.5  # of them: a sensor that sees something in more is within it; of a thing before it, it would see less
_MOST_SENSORS = 8  # that are looked at
_ROUGH = 0.005  # of the longest edge: how far points lie from a sheet where somebody says that it is one

Kind = Literal["solid", "sheet", "inside"]


@dataclass(frozen=True, eq=False)
class ScanForm:
    """What a scan shows: a solid thing; or a sheet; or a hull from inside.

    front: of a sheet whose sensors are not known, a unit vector (3,) to where it was seen from.
    """

    kind: Kind
    front: NDArray[np.float64] | None = None


def scan_form(points: NDArray[np.float64], sensors: NDArray[np.float64] | None = None, is_open: bool = False) -> ScanForm:
    """What points (N, 3) show, as far as they tell; solid where they do not.

    sensors: (N, 3) where each was measured from, (1, 3) all of them, or None where that is not known. Without them a room looks
    like a solid block with cavities, and passes for one; of a sheet the side is taken for its front that points up most, z
    before y before x. is_open: whether it is known to be open; then it is a solid only where no front of a sheet is found.
    """
    if len(points) < _FEWEST_POINTS:
        return ScanForm("solid")
    chosen = np.random.default_rng(0).permutation(len(points))[:_LOOKED_AT]
    some, seen_from = points[chosen], None
    if sensors is not None:
        seen_from = np.broadcast_to(sensors, points.shape)[chosen]
        if share_around(some, seen_from) > _AROUND:
            return ScanForm("inside")
        if is_open:
            return ScanForm("sheet")
    if not is_one_layer(some, _ROUGH if is_open else THICKEST):
        return ScanForm("solid")
    normals = plane_normals(some)
    for front in _fronts(some, seen_from):
        found = measures(some, normals, front)
        if found.is_sheet or (is_open and found.is_single):
            return ScanForm("sheet", front)
    return ScanForm("solid")


def share_around(points: NDArray[np.float64], sensors: NDArray[np.float64]) -> float:
    """In what share of all directions from the sensors, (S, 3), any of the points (N, 3) lies: the median over the sensors."""
    number = np.arange(_DIRECTIONS) + 0.5
    height, angle = 1.0 - 2.0 * number / _DIRECTIONS, number * np.pi * (3.0 - np.sqrt(5.0))
    width = np.sqrt(1.0 - height**2)
    sphere = KDTree(np.stack([width * np.cos(angle), width * np.sin(angle), height], axis=1))
    places = np.unique(sensors, axis=0)
    looked_from = places[np.linspace(0, len(places) - 1, min(len(places), _MOST_SENSORS)).astype(int)]
    seen = [np.unique(sphere.query(normalized(points - place))[1]) for place in looked_from]
    return float(np.median([len(directions) for directions in seen])) / _DIRECTIONS


def _fronts(points: NDArray[np.float64], sensors: NDArray[np.float64] | None) -> list[NDArray[np.float64]]:
    """Unit vectors to where a sheet may have been seen from: to the sensors, else its flattest direction and the axes."""
    if sensors is not None:
        toward = normalized((sensors - points).mean(axis=0))
        return [toward] if toward.any() else []
    centred = points - points.mean(axis=0)
    flattest = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    largest = int(np.abs(flattest).argmax())
    return [flattest * np.sign(flattest[largest]), *np.eye(3)[[2, 1, 0]]]
