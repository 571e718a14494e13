"""A scan whose sensors are known: points, the side of the surface that was seen, and where each was seen from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.scan.bent_surface import bent_noise
from occnet.geometry.scan.equal_points import places_of
from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.sensors.pixel_grid import spread_directions
from occnet.geometry.sensors.seen_space import SeenSpace
from occnet.geometry.sensors.sensor_normals import NEIGHBOURS, sensor_normals
from occnet.vectors import normalized

MOST_POINTS = 200_000  # that a scan is averaged to: finer than a mesh of a million faces shows
_RAYS, _FACINGS, _FLATTEST_VIEW = 500, 400, 0.26  # of points to their sensors; directions; cosine of 75 degrees
_NOISY, _MOST_NEIGHBOURS = 3.0, 64  # deviations of the noise as wide as a spacing: then planes go through more neighbours
_STEPS = 6  # of averaging: each is coarser by a quarter than the one before


@dataclass(frozen=True, eq=False)
class SightedScan:
    """points: (N, 3). normals: (N, 3) unit, towards the sensor. sensors: (S, 3). seen_by: (N,) the row of each point's sensor.

    spacing: (N,) between neighbouring points. noise: standard deviation of the points from their surface. All in one unit.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    sensors: NDArray[np.float64]
    seen_by: NDArray[np.int64]
    spacing: NDArray[np.float64]
    noise: float

    @staticmethod
    def of(
        points: NDArray[np.float64], sensors: NDArray[np.float64], normals: NDArray[np.float64] | None = None
    ) -> SightedScan:
        """The scan of points (N, 3), of which sensors (N, 3) or (1, 3) saw each, with normals (N, 3) of any side if given.

        A scan of more than MOST_POINTS is averaged in cells first, each sensor's points and each side of a sheet for itself.
        """
        sensor_of_each = np.broadcast_to(sensors, points.shape)
        different = places_of(sensor_of_each)
        places, seen_by = sensor_of_each[different.first], different.of_point
        tree = KDTree(points)
        spacing, noise = local_spacing(points, tree), bent_noise(points, tree)
        wider = _NOISY * noise / max(float(np.median(spacing)), 1e-300)
        neighbours = int(np.clip(NEIGHBOURS * wider**2, NEIGHBOURS, _MOST_NEIGHBOURS))
        directions = sensor_normals(points, sensor_of_each, normals, neighbours)
        scan = SightedScan(points, directions, places, seen_by, spacing, noise)
        cell = 0.0
        for _ in range(_STEPS):
            if len(scan.points) <= MOST_POINTS:
                break
            cell = max(1.25 * cell, float(np.median(scan.spacing)) * np.sqrt(len(scan.points) / MOST_POINTS))
            scan = scan._averaged(cell)
        return scan

    @cached_property
    def space(self) -> SeenSpace:
        """What the sensors saw to be empty."""
        return SeenSpace.of(self.points, self.sensors, self.seen_by, self.spacing, self.noise)

    @property
    def usual_spacing(self) -> float:
        """The median spacing."""
        return float(np.median(self.spacing))

    @property
    def shown_share(self) -> float:
        """The share of all directions in which a surface may face and be seen by a sensor, at less than 75 degrees.

        0.37 for one sensor far away, 0.74 for two opposite ones, 1 for one in the middle of a room.
        """
        rows = np.linspace(0, len(self.points) - 1, min(len(self.points), _RAYS)).astype(int)
        rays = normalized(self.sensors[self.seen_by[rows]] - self.points[rows])
        return float(((spread_directions(_FACINGS) @ rays.T).max(axis=1) > _FLATTEST_VIEW).mean())

    def _averaged(self, cell: float) -> SightedScan:
        """The means of the points in each cell of that edge, of those with one sensor and one main direction."""
        main = np.abs(self.normals).argmax(axis=1)
        side = 2 * main + (np.take_along_axis(self.normals, main[:, None], axis=1)[:, 0] < 0.0)
        cells = np.floor((self.points - self.points.min(axis=0)) / cell)
        groups = places_of(np.concatenate([cells, self.seen_by[:, None], side[:, None]], axis=1).astype(np.float64))
        of_point, counts = groups.of_point, groups.counts[:, None]

        def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.stack([np.bincount(of_point, column) for column in values.T], axis=1) / counts

        points = mean(self.points)
        return replace(
            self,
            points=points,
            normals=normalized(mean(self.normals)),
            seen_by=self.seen_by[groups.first],
            spacing=local_spacing(points),
            noise=self.noise / float(np.sqrt(np.median(groups.counts))),
        )
