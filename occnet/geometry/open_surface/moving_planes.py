"""A Field from oriented points alone: moving least squares, the mean of the planes through the points nearby."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

from occnet.field import Numbers, points_of

_NEIGHBOURS = 12  # planes whose mean is taken, of precise points
_MOST_NEIGHBOURS = 64  # of noisy ones
_WIDTH = 1.2  # of the bell by which they count, in spacings of the points
_WIDTH_OF_NOISE = 3.0  # and in standard deviations of their noise: the wider of the two


class MovingPlanes:
    """Points (N, 3) -> how far behind the surface they lie, (N,); it ends a little beyond the scan's points.

    The signed distances from the planes through the nearest points, weighted by a bell as wide as the points lie apart there or
    as their noise demands. Farther from the nearest point than its reach, all is in front.
    Source: implicit moving least squares, Kolluri, Provably Good Moving Least Squares, 2005, eq. 2.

    points, normals: (N, 3), the normals of unit length and pointing to the front. spacing: (N,) between the points. noise:
    their standard deviation. reach: (N,). All in the unit of the points.
    """

    def __init__(
        self,
        points: NDArray[np.float64],
        normals: NDArray[np.float64],
        spacing: NDArray[np.float64],
        noise: float,
        reach: NDArray[np.float64],
    ) -> None:
        width = np.maximum(_WIDTH * spacing, _WIDTH_OF_NOISE * noise)
        self._inverse_width = np.append(1.0 / np.maximum(width, np.finfo(float).tiny), 0.0)  # what is not found counts nothing
        self._points, self._normals = np.append(points, [[0.0] * 3], axis=0), np.append(normals, [[0.0] * 3], axis=0)
        self._reach, self._farthest = np.append(reach, 0.0), float(reach.max())
        wider = float(np.median(width / np.maximum(_WIDTH * spacing, np.finfo(float).tiny)))
        self._tree = KDTree(points)
        self._count = min(int(np.clip(_NEIGHBOURS * wider**2, _NEIGHBOURS, _MOST_NEIGHBOURS)), len(points))

    def __call__(self, places: Numbers) -> Tensor:
        asked = points_of(places)
        return torch.from_numpy(self.behind(asked.detach().cpu().double().numpy())).float().to(asked.device)

    def behind(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """The field's values at places (M, 3), (M,) float64."""
        result = np.full(len(places), -self._farthest)
        distance, near = (
            np.asarray(part).reshape(len(places), self._count)
            for part in self._tree.query(
                places, k=self._count, distance_upper_bound=self._farthest, workers=torch.get_num_threads()
            )
        )
        held = np.flatnonzero(distance[:, 0] <= self._reach[near[:, 0]])
        distance, near = distance[held], near[held]
        exponent = np.where(np.isfinite(distance), distance**2 - distance[:, :1] ** 2, np.inf)
        weight = np.exp(-exponent * self._inverse_width[near[:, :1]] ** 2)
        heights = np.einsum("nki,nki->nk", places[held, None] - self._points[near], self._normals[near])
        result[held] = -(weight * heights).sum(axis=1) / weight.sum(axis=1)
        return result
