"""Normals that a sensor's own points tell: planes through neighbours, turned to the sensor; at edges, and far off, wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Floats = NDArray[np.floating]
_NEIGHBOURS = (8, 24)  # points that a plane is laid through
_FLIP_CHANCE = 0.1  # share of scans in which a part of the normals points the wrong way


def sensor_normals(points: Floats, toward: Floats, generator: np.random.Generator) -> NDArray[np.float32]:
    """Unit normals (N, 3) of a scan's points (N, 3), each of the plane through its neighbours, turned to its sensor.

    toward: (N, 3) from each point to its sensor. In some scans those on one side of a random plane are turned over, as where
    a sensor's place is told wrong.
    """
    count = min(int(generator.integers(*_NEIGHBOURS)), len(points))
    neighbours = np.asarray(KDTree(points).query(points, k=count)[1]).reshape(len(points), -1)
    around = points[neighbours]
    around = around - around.mean(axis=1, keepdims=True)
    normals = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))[1][:, :, 0]
    normals = np.where(np.einsum("ni,ni->n", normals, toward)[:, None] < 0.0, -normals, normals)
    if generator.random() < _FLIP_CHANCE:
        along = points @ generator.standard_normal(3)
        normals[along > np.quantile(along, generator.uniform(0.6, 1.0))] *= -1.0
    return normals.astype(np.float32)
