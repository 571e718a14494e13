"""A scan of something open, ready to become a surface: points, and where the front of each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.open_surface.creases import crease_normals
from occnet.geometry.open_surface.facing import turned_to_front
from occnet.geometry.open_surface.moving_planes import MovingPlanes
from occnet.geometry.open_surface.seen_part import REACH
from occnet.geometry.scan.bent_surface import bent_noise
from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.sensors.sensor_normals import plane_normals, sensor_normals
from occnet.vectors import normalized

_EVENED_OVER = 32  # nearest points, over which the spacing is averaged: what follows it shall not follow chance
_LENT_TO = 7  # nearest points, itself among them, that have at least the spacing of a point: a dense part beside a sparse one
_SPARSE = 0.98  # share of the points, beyond which spacings are no larger: a few stragglers stretch no surface
_ROUNDED = 0.5  # cells, by which edges are rounded: sharper ones would be jagged
_CELLS_BEYOND = 4.0  # cells, by which the field reaches beyond what is kept of the surface: they tell its front from its back


@dataclass(frozen=True, eq=False)
class OpenScan:
    """What was measured of something open, in its unit cube.

    points: (N, 3). normals: (N, 3) that came with them, of any length, or None. sensors: (N, 3) where they were measured from,
    (1, 3) all of them, or None. front: (3,) from where no sensors are known, a unit vector to the front of all.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64] | None
    sensors: NDArray[np.float64] | None
    front: NDArray[np.float64] | None

    def thinned(self, cell: float) -> OpenScan:
        """The scan with one point for all in a cube of that edge: their mean, with that of the normals and of the sensors."""
        place = np.floor((self.points - self.points.min(axis=0)) / cell).astype(np.int64)
        counts = place.max(axis=0) + 1
        _, index, number = np.unique(
            np.ravel_multi_index(tuple(place.T), tuple(counts)), return_inverse=True, return_counts=True
        )
        if len(number) == len(place):
            return self

        def mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.stack([np.bincount(index, column) for column in rows.T], axis=1) / number[:, None]

        sensors = self.sensors if self.sensors is None or len(self.sensors) == 1 else mean(self.sensors)
        normals = None if self.normals is None else mean(normalized(np.nan_to_num(self.normals)))
        return OpenScan(mean(self.points), normals, sensors, self.front)

    def spacing(self) -> NDArray[np.float64]:
        """How far apart the points lie, evened out, (N,)."""
        tree = KDTree(self.points)
        near = tree.query(self.points, k=min(_EVENED_OVER, len(self.points)))[1].reshape(len(self.points), -1)
        evened = local_spacing(self.points, tree)[near].mean(axis=1)
        result = evened.copy()
        np.maximum.at(result, near[:, :_LENT_TO], evened[:, None])
        return np.minimum(result, np.quantile(result, _SPARSE))

    def front_normals(self, spacing: NDArray[np.float64]) -> NDArray[np.float64]:
        """Unit normals (N, 3), each on the side of its sensor, or of the front; those that came along are believed.

        spacing: of the points, as the method of that name gives it.
        """
        known = np.zeros(len(self.points), dtype=bool)
        if self.normals is not None:
            known = np.asarray(np.isfinite(self.normals).all(axis=1) & self.normals.any(axis=1))
        if self.sensors is not None:
            normals = sensor_normals(self.points, self.sensors, self.normals)
        else:
            assert self.front is not None
            normals = plane_normals(self.points)
            if self.normals is not None:
                normals[known] = normalized(self.normals[known])
            normals = turned_to_front(self.points, normals, self.front)
        if known.all():
            return normals
        creased = crease_normals(self.points, normals, spacing, bent_noise(self.points))
        return np.where(known[:, None], normals, creased)

    def field(self, normals: NDArray[np.float64], spacing: NDArray[np.float64], cell: float) -> MovingPlanes:
        """The field whose surface is the scan's, a little beyond its ends.

        normals, spacing: of the points, as the methods of the same names give them. cell: edge of those in which the surface is
        looked for.
        """
        largest = max(float(spacing.max()), cell)
        reach = REACH * largest + max(largest, _CELLS_BEYOND * cell)
        return MovingPlanes(self.points, normals, spacing, bent_noise(self.points), reach, _ROUNDED * cell)
