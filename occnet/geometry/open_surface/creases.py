"""Normals at creases, where two surfaces meet: there the plane through the nearest points belongs to neither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.sensors.sensor_normals import NEIGHBOURS

_BENT = 0.2  # spacings, root mean square, by which points lie off their plane at a crease; on what is merely bent, by less
_DEVIATIONS = 1.5  # of the noise, beyond which it is more than that
_CHUNK = 1 << 16  # points that are looked at together: bounds the memory


def crease_normals(
    points: NDArray[np.float64], normals: NDArray[np.float64], spacing: NDArray[np.float64], noise: float
) -> NDArray[np.float64]:
    """The unit normals (N, 3) of the points (N, 3), at creases those of the flattest neighbourhood that the point fits into.

    A point at a crease has neighbours on both of the surfaces that meet, but some of these have theirs on one surface alone. It
    takes the normal of that neighbour for whose plane the sum of two squares is least: how far the neighbour's own
    neighbours lie off it, and how far the point does. spacing: (N,), between neighbouring points. noise: their standard
    deviation. Source: the filter of Kuwahara et al., Processing of RI-Angiocardiographic Images, 1976, here of planes.
    """
    count = min(NEIGHBOURS, len(points))
    near = KDTree(points).query(points, k=count, workers=-1)[1].reshape(len(points), -1)
    middle, axis, off = np.empty_like(points), np.empty_like(points), np.empty(len(points))
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        middle[part] = points[near[part]].mean(axis=1)
        offsets = points[near[part]] - middle[part, None]
        squares, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets) / count)
        axis[part], off[part] = axes[:, :, 0], squares[:, 0]
    creased = np.flatnonzero(off > (_BENT * spacing) ** 2 + (_DEVIATIONS * noise) ** 2)
    others = near[creased]
    beside = np.einsum("nki,nki->nk", points[creased, None] - middle[others], axis[others])
    result = normals.copy()
    result[creased] = normals[others[np.arange(len(creased)), (beside**2 + off[others]).argmin(axis=1)]]
    return result
