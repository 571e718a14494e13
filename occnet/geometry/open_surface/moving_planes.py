"""A Field from oriented points alone: moving least squares, of the planes through the points nearby."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

from occnet.field import Numbers, points_of
from occnet.geometry.open_surface.meeting_planes import meeting_planes

_NEIGHBOURS = 16  # planes that are looked at, of precise points
_MOST_NEIGHBOURS = 64  # of noisy ones
_WIDTH = 1.2  # of the bell by which they count, in spacings of the points
_WIDTH_OF_NOISE = 3.0  # and in standard deviations of their noise: the wider of the two
_FAR = 0.7  # and as much more, in distances to the nearest point: what is beyond a crease is not for one plane to say


class MovingPlanes:
    """Points (N, 3) -> how far behind the surface they lie, (N,); it ends a little beyond the scan's points.

    The signed distances from the planes through the nearest points, weighted by a bell as wide as the points lie apart there or
    as their noise demands; where several surfaces meet, each has its own mean (see `meeting_planes`). Farther from every point
    than the reach, all is in front.
    Source: implicit moving least squares, Kolluri, Provably Good Moving Least Squares, 2005, eq. 2.

    points, normals: (N, 3), the normals of unit length and pointing to the front. spacing: (N,) between the points. noise:
    their standard deviation. rounding: radius of the edges where surfaces meet. All in the unit of the points.
    """

    def __init__(
        self,
        points: NDArray[np.float64],
        normals: NDArray[np.float64],
        spacing: NDArray[np.float64],
        noise: float,
        reach: float,
        rounding: float = 0.0,
    ) -> None:
        width = np.maximum(_WIDTH * spacing, _WIDTH_OF_NOISE * noise)
        self._width = np.append(width, 0.0)  # what is not found has no place, and counts nothing
        self._points, self._normals = np.append(points, [[0.0] * 3], axis=0), np.append(normals, [[0.0] * 3], axis=0)
        self._reach, self._rounding = reach, rounding
        wider = float(np.median(width / np.maximum(_WIDTH * spacing, np.finfo(float).tiny)))
        self._tree = KDTree(points)
        self._count = min(int(np.clip(_NEIGHBOURS * wider**2, _NEIGHBOURS, _MOST_NEIGHBOURS)), len(points))

    def __call__(self, places: Numbers) -> Tensor:
        asked = points_of(places)
        return torch.from_numpy(self.behind(asked.detach().cpu().double().numpy())).float().to(asked.device)

    def bounds(self, beyond: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lowest and the highest corner, (3,) each, of a box, so far beyond which and farther all is in front."""
        return self._points[:-1].min(axis=0) - self._reach - beyond, self._points[:-1].max(axis=0) + self._reach + beyond

    def behind(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """The field's values at places (M, 3), (M,) float64."""
        result = np.full(len(places), -self._reach)
        distance, near = (
            np.asarray(part).reshape(len(places), self._count)
            for part in self._tree.query(
                places, k=self._count, distance_upper_bound=self._reach, workers=torch.get_num_threads()
            )
        )
        held = np.flatnonzero(np.isfinite(distance[:, 0]))
        distance, near = distance[held], near[held]
        exponent = np.where(np.isfinite(distance), distance**2 - distance[:, :1] ** 2, np.inf)
        width = self._width[near[:, :1]] ** 2 + (_FAR * distance[:, :1]) ** 2
        weights = np.exp(-exponent / np.maximum(width, np.finfo(float).tiny))
        offsets = places[held, None] - self._points[near]
        result[held] = meeting_planes(offsets, self._normals[near], weights, self._rounding)
        return result
