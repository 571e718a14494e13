"""Polygons to triangles, and triangle soups to meshes whose faces share vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fan_triangles(sizes: NDArray[np.int64], corners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Triangles (F, 3) that fan out from the first corner of each polygon, in order; a fan keeps a closed surface closed.

    sizes: (P,) number of corners of each polygon, >= 3. corners: (sum of sizes,) vertex indices, polygon after polygon.
    """
    if len(sizes) and (sizes == 3).all():
        return corners.reshape(-1, 3)
    starts = np.cumsum(sizes) - sizes
    triangles = sizes - 2
    first = np.repeat(starts, triangles)
    # step: 1, 2, ..., sizes - 2 within each polygon
    step = np.arange(triangles.sum()) - np.repeat(np.cumsum(triangles) - triangles, triangles) + 1
    return corners[np.stack([first, first + step, first + step + 1], axis=1)]


def merge_identical(points: NDArray[np.float64], faces: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points and faces with one vertex where several have exactly the same coordinates, in order of first occurrence.

    STL has no shared vertices and glTF splits them where normals or texture coordinates differ, so that a closed mesh reads
    as an open one until they are joined. Nothing is rounded: a small model keeps all its detail.
    """
    points = points + 0.0  # -0.0 and 0.0 are one place
    order = np.lexsort(points.T)  # stable, so that the first of equals comes first
    sorted_points = points[order]
    is_new = np.ones(len(points), dtype=bool)
    is_new[1:] = (sorted_points[1:] != sorted_points[:-1]).any(axis=1)
    group = np.empty(len(points), dtype=np.int64)
    group[order] = np.cumsum(is_new) - 1
    first = order[is_new]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return points[np.sort(first)], rank[group][faces]
