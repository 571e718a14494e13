"""Which part of a plane points lie over: square cells, with small gaps between them closed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_dilation, binary_erosion, binary_fill_holes, label
from scipy.spatial import ConvexHull

_MARGIN = 4  # empty cells around all points
_MOST_CELLS = 1024  # along an edge
_FULL = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class Footprint:
    """Square cells of a plane. cells: (A, B) bool. low: (2,) the corner of the first cell. edge: of each cell."""

    cells: NDArray[np.bool_]
    low: NDArray[np.float64]
    edge: float

    @staticmethod
    def of(flat: NDArray[np.float64], edge: float) -> Footprint:
        """The cells that hold some of the places (N, 2), N > 0. edge: of each, more where that would be too many."""
        edge = max(edge, float(np.ptp(flat, axis=0).max()) / _MOST_CELLS, np.finfo(float).tiny)
        low = flat.min(axis=0) - _MARGIN * edge
        rows, columns = (np.floor((flat.max(axis=0) - low) / edge).astype(int) + 1 + _MARGIN).tolist()
        empty = Footprint(np.zeros((rows, columns), dtype=bool), low, edge)
        return empty.with_places(flat)

    def with_places(self, flat: NDArray[np.float64]) -> Footprint:
        """Those of its cells, full or empty, that hold some of the places (N, 2)."""
        cells = np.zeros_like(self.cells)
        rows, held = self._rows(flat)
        cells[tuple(rows[held].T)] = True
        return replace(self, cells=cells)

    def holds(self, flat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which places (N, 2) lie in its cells, (N,)."""
        rows, held = self._rows(flat)
        held[held] = self.cells[tuple(rows[held].T)]
        return held

    @property
    def closed(self) -> Footprint:
        """With gaps of up to two cells and all holes filled."""
        closed = np.logical_or(binary_closing(self.cells, _FULL), self.cells)
        return replace(self, cells=binary_fill_holes(closed))

    @property
    def numbers(self) -> NDArray[np.int32]:
        """Of the part that each cell belongs to, (A, B), parts that touch at a corner being one; 0 where it is empty."""
        numbers = np.empty(self.cells.shape, dtype=np.int32)
        label(self.cells, _FULL, output=numbers)
        return numbers

    def pieces(self, least: float) -> list[Footprint]:
        """Its parts that do not touch, the largest first, without those that have less than a share of its area."""
        number = self.numbers
        sizes = np.bincount(number[self.cells], minlength=1)
        order = [part for part in np.argsort(-sizes, kind="stable").tolist() if sizes[part] >= max(1, least * sizes.sum())]
        return [replace(self, cells=number == part) for part in order]

    @property
    def wider(self) -> Footprint:
        """With one more cell all around."""
        return replace(self, cells=binary_dilation(self.cells, _FULL))

    @property
    def narrower(self) -> Footprint:
        """With one cell less all around."""
        return replace(self, cells=binary_erosion(self.cells, _FULL))

    @property
    def area(self) -> float:
        """Of its cells together."""
        return float(np.count_nonzero(self.cells)) * self.edge**2

    @property
    def middles(self) -> NDArray[np.float64]:
        """Of its cells, (C, 2)."""
        return self.low + (np.argwhere(self.cells) + 0.5) * self.edge

    def _rows(self, flat: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        rows = np.floor((flat - self.low) / self.edge).astype(np.int64)
        return rows, np.asarray(((rows >= 0) & (rows < self.cells.shape)).all(axis=1))


def hull_area(flat: NDArray[np.float64]) -> float:
    """The area of the convex hull of places (N, 2); 0 where they lie on a line."""
    if len(flat) < 3 or np.linalg.matrix_rank(flat - flat[0], tol=1e-9 * float(np.abs(flat - flat[0]).max())) < 2:
        return 0.0
    return float(ConvexHull(flat).volume)
