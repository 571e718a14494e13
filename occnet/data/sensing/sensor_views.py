"""What a sensor sees of a surface that is known by points with normals: no mesh, no rays, a few milliseconds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from occnet.vectors import normalized

Floats = NDArray[np.floating]
_STEEPEST = (
    5.0  # tangent of the angle to the ray up to which a surface hides nothing of itself; beyond it, hardly a ray returns
)
_REACH = 1.5 * math.sqrt(2.0)  # cells, from the corner of a square of 3 x 3 to its middle
_STEP = 0.05  # of the distance: what lies so much farther than its neighbour in the picture lies behind it
_MOST_CELLS = 1024  # along an edge of the picture


@dataclass(frozen=True, eq=False)
class SensorView:
    """The points that one sensor sees, and how. Distances are along the rays."""

    position: Floats  # (3,) of the sensor
    axes: Floats  # (3, 3) rows: to the right in its picture, up, and ahead
    seen: NDArray[np.intp]  # (N,) rows of the points that it sees
    rays: Floats  # (N, 3) unit, to each of them
    distances: Floats  # (N,)
    facing: Floats  # (N,) cosines between surface and ray, above 0
    beyond: Floats  # (N,) distance of the farthest surface right beside it in the picture; its own where there is no step
    cell: float  # edge of a pixel on the plane at distance 1, as fine as the points are dense


def sensor_axes(position: Floats, target: Floats) -> Floats:
    """Axes (3, 3) of a sensor at a position (3,) that looks at a target (3,): rows right, up and ahead; y is up."""
    ahead = normalized(target - position)
    side = np.cross(ahead, [0.0, 1.0, 0.0])
    if np.linalg.norm(side) < 1e-6:  # straight down or up
        side = np.array([1.0, 0.0, 0.0])
    side = normalized(side)
    return np.stack([side, np.cross(side, ahead), ahead])


def view_of(points: Floats, normals: Floats, spacing: float, position: Floats, target: Floats) -> SensorView:
    """What a sensor at a position (3,), looking at a target (3,), sees of a surface.

    points, normals: (N, 3) of all sides of the surface, outward; spacing: the square root of the area that a point stands for,
    where they are fewest. Hidden is what faces away, and what lies behind other points in a picture whose pixels are so large
    that no surface has holes in it: each pixel is as near as the nearest point in it and in the 8 around it. A point may lie
    as much farther than that as its own slope explains.
    """
    facing_all = np.einsum("ni,ni->n", normals, position - points)
    rows = np.flatnonzero(facing_all > 0.0)
    arms = points[rows] - position
    distances = np.linalg.norm(arms, axis=1)
    rays = arms / distances[:, None]
    facing = np.minimum(facing_all[rows] / distances, 1.0)
    axes = sensor_axes(position, target)
    places = picture_places(rays, axes)
    extent = float(np.ptp(places, axis=0).max()) if len(rows) else 0.0
    cell = max(spacing / max(float(distances.min(initial=np.inf)), 1e-6), extent / _MOST_CELLS, 1e-9)
    column, line = np.floor((places - places.min(axis=0, initial=np.inf)) / cell).astype(np.int64).T
    picture = np.full((int(column.max(initial=0)) + 1, int(line.max(initial=0)) + 1), np.inf)
    backward = np.argsort(-distances)  # the nearest is written last
    picture[column[backward], line[backward]] = distances[backward]
    nearest = minimum_filter(picture, size=3, mode="constant", cval=np.inf)[column, line]
    slope = np.minimum(np.sqrt(np.maximum(1.0 - facing**2, 0.0)) / np.maximum(facing, 1e-6), _STEEPEST)
    shown = distances - nearest <= cell * distances * (_REACH * slope + 0.5)
    farthest = maximum_filter(np.where(np.isfinite(picture), picture, -np.inf), size=3, mode="constant", cval=-np.inf)
    beyond = farthest[column, line]
    beyond = np.where(beyond > distances * (1.0 + _STEP), beyond, distances)
    return SensorView(position, axes, rows[shown], rays[shown], distances[shown], facing[shown], beyond[shown], float(cell))


def picture_places(rays: Floats, axes: Floats) -> Floats:
    """Where rays (N, 3) meet the plane at distance 1 ahead of a sensor with those axes, (N, 2)."""
    inward = rays @ axes.T
    return inward[:, :2] / np.maximum(inward[:, 2:], 0.05)


def rays_to(places: Floats, axes: Floats) -> Floats:
    """The unit rays (N, 3) to places (N, 2) of that plane: the inverse of `picture_places`."""
    return normalized(np.concatenate([places, np.ones((len(places), 1))], axis=1) @ axes)
