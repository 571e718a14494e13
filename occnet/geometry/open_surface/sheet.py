"""Whether points lie on one sheet, as those of a terrain do, and not on a solid thing or on one side of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_dilation, binary_fill_holes, gaussian_filter
from scipy.spatial import ConvexHull, KDTree

from occnet.geometry.scan.bent_surface import residuals
from occnet.vectors import normalized

THICKEST = 0.002  # of the longest edge: how far points lie from a sheet, root mean square; boards and leaves are thicker
_TWO_LAYERS = 1.7  # kurtosis of these distances: 1 for the two sides of a thin thing, 3 for noise
_CELL = 2.5  # spacings: the edge of the cells in which layers are counted; two in a thousand within the scan are empty
_MOST_CELLS = 400  # along the longest edge
_LAYERED = 0.15  # of the cells at most hold more than one layer: under a roof, at a wall
_STEEP = 0.6  # cosine to the front, below which the surface falls away at the outline, if it leans outward besides
_FALLING = 0.3  # of the outline at most does so
_LEANING = 0.2  # sine, the mean over the outline: that of a solid thing leans outward all around, that of a bowl inward
_FILLED = 0.85  # of its convex hull at least is covered: a scan of a piece of land ends where it was cut, things have limbs
_HIGH = 0.8  # of its width at most is how high it rises
_BLUR = 1.5  # cells, over which the outline is evened out before its directions are taken
_GAPS = 2  # cells: how wide gaps within the outline may be


@dataclass(frozen=True)
class SheetMeasures:
    """What is seen of points from a front; see the limits above. All are shares but leaning, a sine."""

    layered: float
    falling: float
    leaning: float
    filled: float
    high: float

    @property
    def is_single(self) -> bool:
        """Whether one layer of points is seen from there."""
        return self.layered <= _LAYERED

    @property
    def is_sheet(self) -> bool:
        """Whether it is a sheet, besides, and not one side of a solid thing."""
        flat_outline = self.falling <= _FALLING and abs(self.leaning) <= _LEANING
        return self.is_single and flat_outline and self.filled >= _FILLED and self.high <= _HIGH


def is_one_layer(points: NDArray[np.float64], thickest: float = THICKEST) -> bool:
    """Whether points (N, 3) lie so close to a smooth surface that no second side of a thing can be behind it.

    thickest: how far from it, root mean square, in longest edges of their box.

    What is sampled all over has two sides at least, which lie in two layers, and be it as thin as a leaf; unless it is sampled
    so densely that the neighbours of a point lie on its own side alone, which `measures` notices.
    """
    off = residuals(points)
    squares = (off**2).mean(axis=1)
    thickness = float(np.sqrt(np.median(squares)))
    longest = float(np.ptp(points, axis=0).max())
    some = squares > (1e-7 * longest) ** 2  # on exact planes there is nothing but rounding
    kurtosis = float(np.median((off[some] ** 4).mean(axis=1) / squares[some] ** 2)) if some.any() else np.inf
    return thickness < thickest * longest and kurtosis > _TWO_LAYERS


def measures(points: NDArray[np.float64], normals: NDArray[np.float64], front: NDArray[np.float64]) -> SheetMeasures:
    """What is seen of points (N, 3) with unit normals (N, 3) of either sign from a front, a unit vector (3,) towards it."""
    across = np.linalg.svd(front[None])[2][1:]
    flat, height = points @ across.T, points @ front
    normals = np.where((normals @ front)[:, None] < 0.0, -normals, normals)
    pitch = float(np.median(np.sqrt(np.pi / 6.0) * KDTree(flat).query(flat, k=7)[0][:, -1]))  # as it is seen from there
    cell = _CELL * max(pitch, float(np.ptp(points, axis=0).max()) / (_CELL * _MOST_CELLS))
    place = np.floor((flat - flat.min(axis=0)) / cell).astype(int) + _GAPS + 1
    shape = place.max(axis=0) + _GAPS + 2
    number = place[:, 0] * shape[1] + place[:, 1]
    full = np.zeros(shape, dtype=bool)
    full.reshape(-1)[number] = True
    covered = binary_fill_holes(binary_closing(full, iterations=_GAPS)) | full
    falling, leaning = _outline(full, covered, number, normals @ front, normals @ across.T)
    low, high = np.percentile(height, [1.0, 99.0])
    return SheetMeasures(
        layered=_layered(points, normals, height, number, cell),
        falling=falling,
        leaning=leaning,
        filled=float(covered.sum() / ConvexHull(_corners(covered)).volume),
        high=float((high - low) / (cell * np.sqrt(covered.sum()))),
    )


def _layered(
    points: NDArray[np.float64], normals: NDArray[np.float64], height: NDArray[np.float64], number: NDArray, cell: float
) -> float:
    """Of the cells with several points, the share in which one is farther than a cell from the plane of the middle one."""
    order = np.lexsort((height, number))
    begins = np.flatnonzero(np.append(True, np.diff(number[order]) > 0))
    sizes = np.diff(np.append(begins, len(order)))
    middle = np.repeat(order[begins + sizes // 2], sizes)
    off = np.abs(np.einsum("ni,ni->n", points[order] - points[middle], normals[middle]))
    several = sizes > 1
    return float((np.maximum.reduceat(off, begins)[several] > cell).mean()) if several.any() else 1.0


def _outline(
    full: NDArray[np.bool_],
    covered: NDArray[np.bool_],
    number: NDArray,
    facing: NDArray[np.float64],
    leaning: NDArray[np.float64],
) -> tuple[float, float]:
    """The share of the cells at the outline in which the surface falls away, and how far it leans outward there on average.

    facing: (N,) cosine of each normal to the front. leaning: (N, 2) its part across.
    """
    at_rim = np.logical_and(binary_dilation(~covered), full).reshape(-1)[number]
    slope = np.gradient(-gaussian_filter(covered.astype(np.float64), _BLUR))
    outward = normalized(np.stack([part.reshape(-1)[number[at_rim]] for part in slope], axis=1))
    outward_lean = (leaning[at_rim] * outward).sum(axis=1)
    falls = np.logical_and(facing[at_rim] < _STEEP, outward_lean > 0.5)
    cells, index = np.unique(number[at_rim], return_inverse=True)
    counts = np.bincount(index)
    by_cell = np.bincount(index, falls) / counts, np.bincount(index, outward_lean) / counts
    return float((by_cell[0] >= 0.5).sum() / len(cells)), float(by_cell[1].mean())


def _corners(cells: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Corners of the cells of a grid that are set, (4 C, 2)."""
    places = np.argwhere(cells)
    return np.concatenate([places + np.array([x, y]) for x in (0, 1) for y in (0, 1)]).astype(np.float64)
