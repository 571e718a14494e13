"""Normals that come with a cloud, made fit for a network: unit length, zero where unknown, pointing outward as a whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.vectors import normalized

_NEIGHBOURS = 8  # the squared distance to the 8th is the area that a point stands for, up to a constant
_CLEARLY = 0.02  # of the flux that normals along the rays from the middle would have; less than that tells no side
_SAMPLE = 4000  # points that the flux is taken over: its error is a hundredth of itself


def usable_normals(points: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Unit normals (N, 3) of the points (N, 3), outward as a whole, zeros where they are unknown; None where all are.

    normals: (N, 3) of any length; a row that is zero or not finite is unknown. Normals that point inward all together are
    turned over, see `point_inward`.
    """
    known = np.isfinite(normals).all(axis=1) & normals.any(axis=1)
    if not known.any():
        return None
    unit = np.zeros_like(normals)
    largest = np.abs(normals[known]).max(axis=1, keepdims=True)  # divided by first: squares neither overflow nor vanish
    unit[known] = normalized(normals[known] / largest)
    return -unit if point_inward(points[known], unit[known]) else unit


def point_inward(points: NDArray[np.float64], normals: NDArray[np.float64]) -> bool:
    """Whether the unit normals (N, 3) of a closed surface's points (N, 3) point inward as a whole.

    By the divergence theorem the flux of x - c through a closed surface is three times its volume if the normals point
    outward, wherever c is; a clearly negative flux means that they point inward. Each point counts with the area around it,
    so that it does not matter where the scan is dense.
    """
    if len(points) <= _NEIGHBOURS:
        return False
    chosen = np.linspace(0, len(points) - 1, min(len(points), _SAMPLE)).astype(int)
    points, normals = points[chosen], normals[chosen]
    area = KDTree(points).query(points, k=_NEIGHBOURS + 1)[0][:, -1] ** 2
    low, high = points.min(axis=0), points.max(axis=0)
    arms = points - (low + 0.5 * (high - low))
    flux = float((area * (arms * normals).sum(axis=1)).sum())
    return flux < -_CLEARLY * float((area * np.linalg.norm(arms, axis=1)).sum())
