"""Normals of a scan whose sensors are known: planes through the nearest neighbours, turned to where each was seen from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.vectors import normalized

NEIGHBOURS = 16  # that a plane is laid through: they even out the noise of depth cameras, and reach two pixels far
_CHUNK = 1 << 17  # points whose neighbours are looked at together: bounds the memory


def sensor_normals(
    points: NDArray[np.float64],
    sensors: NDArray[np.float64],
    given: NDArray[np.float64] | None = None,
    neighbours: int = NEIGHBOURS,
) -> NDArray[np.float64]:
    """Unit normals (N, 3) of the points (N, 3), each turned to the sensor that saw it.

    sensors: (N, 3), or (1, 3) for all. given: (N, 3) normals of any length and sign that are believed, but for their sides and
    for rows that are zero or not finite; None where there are none. Source: Hoppe et al., Surface Reconstruction from
    Unorganized Points, 1992, for the planes.
    """
    normals = np.empty_like(points)
    known = np.zeros(len(points), dtype=bool)
    if given is not None:
        known = np.asarray(np.isfinite(given).all(axis=1) & given.any(axis=1))
        largest = np.abs(given[known]).max(axis=1, keepdims=True)  # divided by first: squares neither overflow nor vanish
        normals[known] = normalized(given[known] / largest)
    if not known.all():
        normals[~known] = plane_normals(points, np.asarray(~known), neighbours)
    return np.where(((sensors - points) * normals).sum(axis=1, keepdims=True) < 0.0, -normals, normals)


def plane_normals(
    points: NDArray[np.float64], wanted: NDArray[np.bool_] | None = None, neighbours: int = NEIGHBOURS
) -> NDArray[np.float64]:
    """Unit normals, of either sign, of the planes through the nearest neighbours of points (N, 3) among themselves.

    wanted: (N,) at which of the points; None: at all.
    """
    asked = points if wanted is None else points[wanted]
    tree, count = KDTree(points), min(neighbours, len(points))
    result = np.empty_like(asked)
    for start in range(0, len(asked), _CHUNK):
        near = points[tree.query(asked[start : start + _CHUNK], k=count, workers=-1)[1]]  # (C, K, 3)
        offsets = near - near.mean(axis=1, keepdims=True)
        _, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets))
        result[start : start + _CHUNK] = axes[:, :, 0]
    return result
