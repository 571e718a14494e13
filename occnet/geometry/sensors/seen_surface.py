"""The surface that was seen: a smooth signed distance near points whose normals tell the side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.sensors.sighted_scan import SightedScan
from occnet.vectors import normalized, smoothstep

_NEIGHBOURS, _MOST_NEIGHBOURS = 12, 64  # that are weighed: as many as there are within the width, 12 of precise points
_DEVIATIONS = 3.0  # of the noise: the width of the weights at least, so that they average it
_SPARSE = 4.0  # times the usual spacing: no point reaches farther
_INNER, _OUTER = 0.6, 1.3  # spacings from the middle of the neighbours: within, and beyond the edge of what was seen
_CHUNK = 1 << 16  # places at once: bounds the memory


@dataclass(frozen=True, eq=False)
class SeenSurface:
    """Moving least squares through the points of a scan: planes of the nearest ones, weighted by their distance.

    Of the neighbours of a place those count that face as those on the side of the nearest one do, so that the two sides of a
    thin sheet do not mix. Source: Kolluri, Provably Good Moving Least Squares, 2005; the weighing by normals after Oeztireli,
    Guennebaud, Gross, Feature Preserving Point Set Surfaces based on Non-Linear Kernel Regression, 2009.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    width: NDArray[np.float64]  # (N,) of the weights, and the unit of what is near
    neighbours: int
    tree: KDTree

    @staticmethod
    def of(scan: SightedScan) -> SeenSurface:
        """The surface that a scan saw."""
        spacing = np.clip(scan.spacing, scan.usual_spacing, _SPARSE * scan.usual_spacing)
        width = np.maximum(spacing, _DEVIATIONS * scan.noise)
        wider = float(np.median(width)) / scan.usual_spacing
        count = int(np.clip(_NEIGHBOURS * wider**2, _NEIGHBOURS, _MOST_NEIGHBOURS))
        return SeenSurface(scan.points, scan.normals, width, min(count, len(scan.points)), KDTree(scan.points))

    def at(self, places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Near places (N, 3): the distance to the surface, positive inside, (N,), and how far it is to be believed, (N,).

        Belief is 1 at the points, and 0 from two spacings on, away from them or beyond the edge of what was seen.
        """
        parts = [self._at(places[start : start + _CHUNK]) for start in range(0, len(places), _CHUNK)]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def _at(self, places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        apart, near = self.tree.query(places, k=self.neighbours, workers=-1)
        normals, width = self.normals[near], self.width[near[:, 0]]
        bell = np.exp((apart[:, :1] ** 2 - apart**2) / width[:, None] ** 2)
        same_side = np.einsum("nki,ni->nk", normals, normals[:, 0]) > 0.0
        usual = normalized(np.einsum("nk,nki->ni", bell * same_side, normals))
        weight = bell * np.einsum("nki,ni->nk", normals, usual).clip(0.0, 1.0) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        offsets = places[:, None] - self.points[near]
        distance = -np.einsum("nk,nki,nki->n", weight, offsets, normals)
        middle, upward = np.einsum("nk,nki->ni", weight, offsets), normalized(np.einsum("nk,nki->ni", weight, normals))
        aside = np.linalg.norm(middle - (middle * upward).sum(axis=1, keepdims=True) * upward, axis=1)
        within = 1.0 - smoothstep((aside / width - _INNER) / (_OUTER - _INNER))
        return distance, within * smoothstep(2.0 - apart[:, 0] / width)
