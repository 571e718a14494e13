"""What can be seen from where: points that others hide, and which of several sensors saw a point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.sensors.sensor_normals import plane_normals
from occnet.vectors import normalized

_BESIDE = 8  # nearest directions in which something may stand before a point
_BEFORE = 3.0  # spacings: so much nearer, it is no piece of the same surface


def seen_from(
    points: NDArray[np.float64], viewpoint: NDArray[np.float64], spacing: NDArray[np.float64], asked: int | None = None
) -> NDArray[np.bool_]:
    """Which of the points (N, 3) nothing hides from a viewpoint (3,), (N,) bool; of the first `asked` of them alone, if given.

    A point is hidden where one of the points next to it, as seen from there, is clearly nearer: by more than three times
    the spacing there, which a steep surface is not from one point to the next. spacing: as `local_spacing` has it, (N,).
    It judges as hidden point removal does, whose one radius for all of the cloud found fewer of the points of noisy scans.
    Source of the question: Katz, Tal, Basri, Direct Visibility of Point Sets, 2007.
    """
    arms = points - viewpoint
    distance = np.linalg.norm(arms, axis=1)
    directions = normalized(arms)
    apart, others = KDTree(directions).query(directions[:asked], k=min(_BESIDE + 1, len(points)))
    usual = np.median(spacing)
    gap = np.maximum(np.maximum(spacing[:asked], usual)[:, None], spacing[others])
    hides = (distance[:asked, None] - distance[others] > _BEFORE * gap) & (apart * distance[others] < usual)
    return ~hides.any(axis=1)


def sensors_of(points: NDArray[np.float64], viewpoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sensor, of several at viewpoints (S, 3), that is the likeliest to have seen each of the points (N, 3): (N, 3).

    Of those from which nothing hides the point, the one that it faces most directly; where all are hidden, of all of them.
    """
    if len(viewpoints) == 1:
        return np.broadcast_to(viewpoints, points.shape)
    spacing, normals = local_spacing(points), plane_normals(points)
    merit = np.empty((len(points), len(viewpoints)))
    for place, viewpoint in enumerate(viewpoints):
        facing = np.abs((normalized(viewpoint - points) * normals).sum(axis=1))
        merit[:, place] = facing + 2.0 * seen_from(points, viewpoint, spacing)
    return viewpoints[merit.argmax(axis=1)]
