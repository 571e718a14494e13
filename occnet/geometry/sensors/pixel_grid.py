"""Where depth cameras stood, told by the rows and columns of pixels in which their points lie when seen from there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import KDTree

from occnet.vectors import normalized

_PATCHES, _SOME = 400, 100  # points around which the order is judged, and in the search for a direction
_NEIGHBOURS = 24  # in space, among which the nearest in direction are looked for: a tilted surface is stretched along the ray
_ALL_AROUND = 64  # in space, of which those are taken that come from about the same part of the file
_PARTS = 12  # of a file; clouds of several cameras stand there one after the other
_EVEN = 1.15  # times as far from the next as points at random are: below, there are no rows and columns
_DIRECTIONS = 500  # from which the search starts
_START, _FARTHEST = 2.2, 50.0  # distances from the middle, in longest edges: of the first trials, and as good as infinite
_ORDERED = 1.1  # disorder below which a patch is a grid of pixels for certain
_ASKEW = 1.4  # disorder of a grid that is seen at 45 degrees: what is above says nothing
_LEAST = 0.1  # share of the patches that a camera must explain; 0.03 of random ones are in order by chance
_REST = 0.05  # share of the patches that may be left when the search ends: edges, strays, places where two grids mix
_MOST_CAMERAS = 8


@dataclass(frozen=True, eq=False)
class PixelGrid:
    """Small patches of a cloud in the unit cube, whose order is judged from any place."""

    middles: NDArray[np.float64]  # (M, 3)
    around: NDArray[np.float64]  # (M, K, 3), each with its middle

    @staticmethod
    def of(points: NDArray[np.float64], by_part: bool) -> PixelGrid:
        """Patches of points (N, 3) in the unit cube, in the order of their file.

        by_part: whether points of one patch must stand near to each other in the file, too.
        """
        chosen = np.random.default_rng(0).permutation(len(points))[:_PATCHES]
        count = min(_ALL_AROUND if by_part else _NEIGHBOURS, len(points))
        near = KDTree(points).query(points[chosen], k=count, workers=-1)[1]
        if by_part:
            far = np.abs(near - chosen[:, None]) > len(points) / _PARTS
            near = np.take_along_axis(near, np.argsort(far, axis=1, kind="stable"), axis=1)[:, :_NEIGHBOURS]
        return PixelGrid(points[chosen], points[near])

    @property
    def evenness(self) -> float:
        """How far a point is from the next one within its plane, 1 for points at random, 2 on a square grid, as a median.

        Source: Clark and Evans, Distance to Nearest Neighbor as a Measure of Spatial Relationships in Populations, 1954.
        """
        offsets = self.around - self.around.mean(axis=1, keepdims=True)
        _, axes = np.linalg.eigh(np.einsum("mki,mkj->mij", offsets, offsets))
        flat = (self.around - self.middles[:, None]) @ axes[:, :, 1:]
        apart = np.sort(np.linalg.norm(flat, axis=2), axis=1)
        near = apart.shape[1] // 2  # the patch is cut off in space, not in its plane: its rim is not counted
        crowd = near / (math.pi * np.maximum(apart[:, near], 1e-300) ** 2)
        return float(np.median(2.0 * apart[:, 1] * np.sqrt(crowd)))

    def part(self, patches: NDArray[np.bool_]) -> PixelGrid:
        """Some of the patches."""
        return PixelGrid(self.middles[patches], self.around[patches])

    def disorder(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far each patch is from the square grid that a camera at a place (3,) would see, (M,): 1 is that grid.

        How much farther in direction the fourth nearest neighbour of a point is than the nearest: the same on the square grid,
        half as far again in a grid that is seen askew, about twice among points at random.
        """
        apart = np.linalg.norm(normalized(self.around - place) - normalized(self.middles - place)[:, None], axis=2)
        apart.partition((1, 4), axis=1)  # 0 is the point itself
        return apart[:, 4] / np.maximum(apart[:, 1], 1e-300)

    def loss(self, place: NDArray[np.float64]) -> float:
        """The lower, the more patches are in order, and the better, from a place (3,): in [1 - _ASKEW, 0]."""
        return -float(np.maximum(_ASKEW - self.disorder(place), 0.0).mean())

    def best_place(self) -> NDArray[np.float64]:
        """The place (3,) with the lowest loss near the best of many directions around."""
        directions, some = spread_directions(_DIRECTIONS), PixelGrid(self.middles[:_SOME], self.around[:_SOME])
        direction = directions[int(np.argmin([some.loss(_START * direction) for direction in directions]))]
        across = normalized(np.cross(direction, np.eye(3)[np.abs(direction).argmin()]))
        frame = np.stack([across, np.cross(direction, across), direction])

        def place(shift: NDArray[np.float64]) -> NDArray[np.float64]:
            distance = _START * np.exp(min(shift[2], math.log(_FARTHEST / _START)))
            return distance * normalized(np.array([shift[0], shift[1], 1.0]) @ frame)

        simplex = np.array([[0.0, 0.0, 0.0], [0.06, 0.0, 0.0], [0.0, 0.06, 0.0], [0.0, 0.0, 0.3]])
        options = {"initial_simplex": simplex, "maxfev": 120, "xatol": 1e-3, "fatol": 1e-4}
        best = minimize(lambda shift: self.loss(place(shift)), np.zeros(3), method="Nelder-Mead", options=options)
        return place(best.x)


def cameras_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where cameras with square pixels stood that saw the points (N, 3) of the unit cube, (S, 3); (0, 3) where none is found.

    A depth camera measures along rays that form a square grid, so its noise and the surface move a point along its ray, and
    from the camera alone the points are seen in rows and columns. One camera after the other is found by the patches that it
    explains. points: in the order of their file; where several clouds stand one after the other, each is in order for itself.
    """
    for by_part in (True, False):
        grid = PixelGrid.of(points, by_part)
        if grid.evenness < _EVEN:
            continue
        left, found = np.ones(len(grid.middles), dtype=bool), []
        while len(found) < _MOST_CAMERAS and left.mean() > _REST:
            place = grid.part(left).best_place()
            explained = left & (grid.disorder(place) < _ORDERED)
            if explained.mean() < _LEAST:
                break
            found.append(place)
            left &= ~explained
        if found:
            return np.array(found)
    return np.zeros((0, 3))


def spread_directions(count: int) -> NDArray[np.float64]:
    """Unit vectors spread evenly over the sphere by the golden angle, (count, 3)."""
    number = np.arange(count) + 0.5
    height, angle = 1.0 - 2.0 * number / count, math.pi * (3.0 - math.sqrt(5.0)) * number
    radius = np.sqrt(1.0 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
