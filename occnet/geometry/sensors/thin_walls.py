"""Walls seen from both sides that are thinner than the points lie apart: kept as thick as what the points can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.sensors.seen_surface import SeenSurface
from occnet.vectors import smoothstep

_NEIGHBOURS = 32  # of a place: some of either side
_OPPOSED = -0.3  # cosine of the normals of two sides, at most
_GAP = 0.3  # widths between two sides that face each other: from there on it is a gap, and no wall
_THICKNESS = 1.2  # widths: of thinner walls the two sides mix
_REACH = 1.5  # widths from a point of a thin wall
_SHARE = 0.15  # of the weights on the nearer side, that the other side has half to one and a half of: from there on it is seen


@dataclass(frozen=True, eq=False)
class ThinWalls:
    """The points of a seen surface with another side close behind them.

    Such a wall is at least 1.2 widths of the surface's weights thick: what is missing is added on both sides alike. Where
    one side alone is seen, or two sides face each other over a gap, nothing is added; in between it fades.
    """

    surface: SeenSurface
    tree: KDTree
    reach: float

    @staticmethod
    def of(surface: SeenSurface) -> ThinWalls | None:
        """None where nothing thin was seen from both sides."""
        points, normals, width = surface.points, surface.normals, surface.width
        near = surface.tree.query(points, k=min(_NEIGHBOURS, len(points)), workers=-1)[1]
        behind = np.einsum("nki,ni->nk", points[near] - points[:, None], normals)
        opposed = np.einsum("nki,ni->nk", normals[near], normals) < _OPPOSED
        thin = (opposed & (behind > -_THICKNESS * width[:, None]) & (behind < _GAP * width[:, None])).any(axis=1)
        if not thin.any():
            return None
        return ThinWalls(surface, KDTree(points[thin]), _REACH * float(np.median(width)))

    def at(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """How deep places (N, 3) are in such a wall, (N,): positive inside, -inf where there is none."""
        depth = np.full(len(places), -np.inf)
        close = np.flatnonzero(self.tree.query(places, distance_upper_bound=self.reach, workers=-1)[0] < self.reach)
        if len(close):
            depth[close] = self._depth(places[close])
        return depth

    def _depth(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """The depths below the planes of either side: their sum is the wall's thickness, and below zero a gap's width."""
        surface = self.surface
        apart, near = surface.tree.query(places, k=min(_NEIGHBOURS, len(surface.points)), workers=-1)
        normals, width = surface.normals[near], surface.width[near[:, 0]]
        bell = np.exp(-(apart**2) / width[:, None] ** 2)
        inward = -np.einsum("nki,nki->nk", places[:, None] - surface.points[near], normals)
        facing = np.einsum("nki,ni->nk", normals, normals[:, 0])
        sides = [bell * (facing > -_OPPOSED), bell * (facing < _OPPOSED)]
        amount = [side.sum(axis=1) for side in sides]
        depths = [(side * inward).sum(axis=1) / np.maximum(total, 1e-12) for side, total in zip(sides, amount, strict=True)]
        thickness = depths[0] + depths[1]
        sure = smoothstep(amount[1] / (_SHARE * amount[0]) - 0.5) * smoothstep(1.0 + thickness / (_GAP * width))
        sure *= smoothstep(2.0 * (_REACH - apart[:, 0] / width))
        kept = np.minimum(*depths) + 0.5 * np.maximum(_THICKNESS * width - thickness, 0.0)
        return np.where(sure > 0.0, kept - (1.0 - sure) * width, -np.inf)
