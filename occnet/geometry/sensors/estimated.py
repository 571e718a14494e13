"""Where a scan was seen from that does not say so: from the grid of its pixels, or because it shows one side only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.scan.cloud_normals import point_inward
from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.sensors.pixel_grid import cameras_of, spread_directions
from occnet.geometry.sensors.sensor_normals import sensor_normals
from occnet.geometry.sensors.viewpoints import seen_from
from occnet.mesh import Frame
from occnet.vectors import normalized

_FEWEST = 200  # points: fewer are too far apart to hide each other
_FEW, _MANY = 400, 1500  # points of the scan that are looked at, at first and for certain
_DIRECTIONS, _MORE_DIRECTIONS, _TRIED = 48, 150, 20  # tried at first, then compared, of which the best are tried
_DISTANCES = (1.0, 1.6, 2.5, 5.0)  # from the middle of the box, in its longest edges
_USUAL = 2.5  # the distance at which directions are compared
_LIKELY = 8  # directions of those tried at first, at which more points are looked at
_ALMOST, _NEARLY, _ALL = 0.9, 0.85, 0.985  # share of few and of many points that is seen, to look closer; and to be believed
_ASKED, _HOPE = 200, 0.93  # first so many of the many: where _ALL of all are seen, fewer of them are once in a million times
_MOST = 0.95  # share that cameras found by their pixels must see, all together: edges of things confuse the count
_FAR = 20.0  # longest edges from the middle: the pixels of such a camera are parallel, within their noise
_NEAREST = 8  # directions, the distance to the last of which tells how crowded they are
_PATCHES, _NEIGHBOURS = 400, 12  # places at which a scan's layers are judged, and points of such a patch
_GRID = 1.2  # times as far from the next as points at random are: rows and columns of some kind
_THICK, _THIN = 0.35, 0.12  # spacings that the points lie off their planes: two layers, or surely one


@dataclass(frozen=True, eq=False)
class Estimate:
    """Where a scan was seen from. places: (S, 3). note: a sentence that says what was assumed, and why."""

    places: NDArray[np.float64]
    note: str


def estimated_sensors(points: NDArray[np.float64]) -> Estimate | None:
    """From where the points (N, 3) of a file, in its order, were seen; None where nothing tells, as of a complete cloud.

    First by the rows and columns of pixels (see pixel_grid.py), which tell the place exactly, also of several cameras. Else by
    hidden points (see `viewpoint_of_all`), which tell a direction, of one. All points must be seen from the places found.
    """
    if len(points) < _FEWEST:
        return None
    frame = Frame.of(points)
    unit = frame.to_unit(points)
    some = unit[np.random.default_rng(0).permutation(len(unit))]
    cameras, many = cameras_of(unit), some[:_MANY]
    spacing = local_spacing(many)
    if len(cameras) and np.any([seen_from(many, place, spacing) for place in cameras], axis=0).mean() >= _MOST:
        places = frame.to_original(np.array([_on_its_side(many, place) for place in cameras]))
        return Estimate(places, f"{_seen_from(places)}: from there its points lie in rows and columns as pixels do.")
    place = viewpoint_of_all(some)
    if place is None:
        return None
    places = frame.to_original(place[None])
    return Estimate(places, f"{_seen_from(places)}: every point is visible from there.")


def viewpoint_of_all(points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """A place (3,) from which all points (N, 3) of the unit cube, in random order, are seen; None if it would be a guess.

    From many directions it is counted how many of the points nothing hides. A scan of all sides shows half of them at best. Of
    a thin plate that was scanned from both sides all are seen, too; so the points must, beside that, lie in one layer: evenly,
    as no two layers together would, or so close to their planes that no second layer can be there.

    Of the places from which all are seen, the one is taken from which the points lie most evenly in direction, as rays of a
    scanner do: from elsewhere, and from behind, steep surfaces are crowded, and what was hidden leaves gaps.
    """
    thickness = _thickness(points)  # first, for it is a hundred times as fast as all that follows
    if thickness >= _THICK:
        return None
    few, many = points[:_FEW], points[:_MANY]
    first = spread_directions(_DIRECTIONS)
    shares = _shares(few, _USUAL * first)
    likely = first[np.argsort(-shares)[:_LIKELY]]
    if shares.max() < _ALMOST or _shares(many, _USUAL * likely).max() < _NEARLY:
        return None
    directions = spread_directions(_MORE_DIRECTIONS)
    if _shares(many, _USUAL * directions, _ASKED).max() < _HOPE:
        return None
    order = np.argsort([_unevenness(many, _USUAL * direction) for direction in directions])
    tried = directions[order[:_TRIED]]
    shares = _shares(many, _USUAL * tried)
    if shares.max() < _ALL:
        return None
    best = tried[(shares >= _ALL).argmax()]
    if not _is_one_layer(points, thickness, _USUAL * best):
        return None
    places = best * np.array(_DISTANCES)[:, None]
    seen = places[_shares(many, places) >= _ALL]
    return seen[int(np.argmin([_unevenness(many, place) for place in seen]))]


def _unevenness(points: NDArray[np.float64], place: NDArray[np.float64]) -> float:
    """How unlike the distances between neighbouring directions are in which points (N, 3) lie from a place (3,): 0 is alike."""
    directions = normalized(points - place)
    apart = KDTree(directions).query(directions, k=_NEAREST + 1)[0][:, -1]
    fewer, more = np.quantile(np.log(np.maximum(apart, 1e-300)), (0.1, 0.9))
    return float(more - fewer)


def _shares(points: NDArray[np.float64], places: NDArray[np.float64], asked: int | None = None) -> NDArray[np.float64]:
    """The share of the points (N, 3), or of the first `asked` of them, that is seen from each of the places (S, 3), (S,)."""
    spacing = local_spacing(points)
    return np.array([seen_from(points, place, spacing, asked).mean() for place in places])


def _thickness(points: NDArray[np.float64]) -> float:
    """How far the points (N, 3), in random order, lie off the planes of their neighbours, in spacings: the median."""
    chosen, count = points[:_PATCHES], _NEIGHBOURS + 1
    distance, near = KDTree(points).query(chosen, k=count)
    patch = points[near]
    offsets = patch - patch.mean(axis=1, keepdims=True)
    flattest = np.linalg.eigvalsh(np.einsum("nki,nkj->nij", offsets, offsets))[:, 0]
    thickness = np.sqrt(np.maximum(flattest, 0.0) / (count - 3))
    return float(np.median(thickness / np.maximum(distance[:, -1] * math.sqrt(math.pi / count), 1e-300)))


def _is_one_layer(points: NDArray[np.float64], thickness: float, viewpoint: NDArray[np.float64]) -> bool:
    """Whether the points (N, 3) of such a thickness, all of which are seen from a viewpoint (3,), are one layer of surface."""
    directions = normalized(points - viewpoint)
    reach, _ = KDTree(directions).query(directions[:_PATCHES], k=_NEIGHBOURS + 1)
    crowd = _NEIGHBOURS / (math.pi * np.maximum(reach[:, -1], 1e-300) ** 2)  # points a unit of solid angle
    regular = float(np.median(2.0 * reach[:, 1] * np.sqrt(crowd)))  # Clark and Evans 1954: 1 at random, 2 on a square grid
    return (regular >= _GRID and thickness < _THICK) or (thickness < _THIN and len(points) >= 2 * _MANY)


def _on_its_side(points: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
    """The place (3,) of a camera; of one so far away that its picture is the same from behind, on the side where it belongs.

    That is where the points (N, 3) bulge towards it: solids are convex more often than hollow. Of a flat sheet that tells
    nothing; then it is the upper side, z before y before x.
    """
    if np.linalg.norm(place) < _FAR:
        return place
    normals = sensor_normals(points, place[None])
    towards, away = point_inward(points, -normals), point_inward(points, normals)
    upright = max(range(3), key=lambda axis: (abs(place[axis]) > 0.5 * np.abs(place).max(), axis))
    return place if (towards if towards != away else place[upright] > 0.0) else -place


def _seen_from(places: NDArray[np.float64]) -> str:
    named = [f"({', '.join(f'{value:.3g}' for value in place)})" for place in places]
    return f"The file names no sensor and is taken to be seen from {' and '.join(named)}"
