"""The lattice of corners over a box: integer keys for corners, cells and edges, at every level of refinement."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from occnet.meshing.table import CORNERS, EDGES, FACES

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Lattice:
    """Corners at low + stride * step * (x, y, z), with one more layer of corners around them that is outside by definition.

    low: lowest corner of the box. step: edge lengths of the finest cells. cells: number of finest cells along each axis.
    stride: edge length of this level's cells in finest cells, a power of two; it need not divide the number of cells.

    A corner's key counts corners along x, then y, then z. A cell has the key of its lowest corner, the edge along axis a
    from a corner the key 3 * corner + a. The outer layer closes whatever reaches the boundary of the box.
    """

    low: Triple
    step: Triple
    cells: tuple[int, int, int]
    stride: int = 1

    @staticmethod
    def of(bounds: tuple[Triple, Triple], resolution: int) -> Lattice:
        """The finest lattice with `resolution` cells along the longest edge of bounds, cells as nearly cubes as fit.

        Raises ValueError when the bounds hold no volume or the resolution is below 1.
        """
        low, high = (np.asarray(bound, dtype=np.float64) for bound in bounds)
        edges = high - low
        if edges.shape != (3,) or not np.isfinite(edges).all() or (edges <= 0).any():
            raise ValueError(f"bounds must be a lowest and a highest corner in three dimensions, but are {bounds}.")
        if resolution < 1:
            raise ValueError(f"resolution is the number of cells along the longest edge and at least 1, but is {resolution}.")
        cells = np.maximum(1, np.round(edges / edges.max() * resolution)).astype(int)
        step = edges / cells
        return Lattice(low=_triple(low), step=_triple(step), cells=(int(cells[0]), int(cells[1]), int(cells[2])))

    @property
    def longest(self) -> float:
        """Length of the longest edge of the box."""
        return max(count * size for count, size in zip(self.cells, self.step, strict=True))

    @property
    def corners(self) -> tuple[int, int, int]:
        """Number of real corners along each axis."""
        x, y, z = (count // self.stride + 1 for count in self.cells)
        return x, y, z

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of corners along each axis with the outer layers."""
        x, y, z = self.corners
        return x + 2, y + 2, z + 2

    def at(self, stride: int) -> Lattice:
        """The lattice of another level over the same box."""
        return replace(self, stride=stride)

    def offset(self, x: int, y: int, z: int) -> int:
        """What to add to a key to move by whole corners."""
        width, height, _ = self.shape
        return x + width * (y + height * z)

    def corner_offsets(self, device: torch.device) -> Tensor:
        """What to add to a cell's key to get its eight corners, (8,) int64."""
        return torch.tensor([self.offset(*corner) for corner in CORNERS.tolist()], device=device)

    def axis_offsets(self, device: torch.device) -> Tensor:
        """What to add to a key to move by one corner along x, y and z, (3,) int64."""
        return torch.tensor([self.offset(1, 0, 0), self.offset(0, 1, 0), self.offset(0, 0, 1)], device=device)

    def edge_offsets(self, device: torch.device) -> Tensor:
        """What to add to three times a cell's key to get the keys of its twelve edges, (12,) int64."""
        return torch.tensor([3 * self.offset(*CORNERS[c].tolist()) + axis for axis, c in EDGES.tolist()], device=device)

    def face_offsets(self) -> list[int]:
        """What to add to a cell's key to get the cell behind each of its six faces."""
        return [self.offset(*((2 * side - 1) * (axis == i) for i in range(3))) for axis, side in FACES.tolist()]

    def keys(self, places: Tensor) -> Tensor:
        """Integer places (N, 3), -1 for the outer layer -> keys (N,) int64."""
        x, y, z = (places + 1).unbind(dim=-1)
        width, height, _ = self.shape
        return x + width * (y + height * z)

    def places(self, keys: Tensor) -> Tensor:
        """Keys (N,) -> integer places (N, 3)."""
        width, height, _ = self.shape
        rows = keys // width
        return torch.stack([keys - rows * width, rows % height, rows // height], dim=-1) - 1

    def is_real(self, places: Tensor) -> Tensor:
        """Whether places (N, 3) are corners of the box, not of the outer layer, (N,) bool."""
        return ((places >= 0) & (places < torch.tensor(self.corners, device=places.device))).all(dim=-1)

    def is_real_edge(self, places: Tensor, axes: Tensor) -> Tensor:
        """Whether both ends of the edges from places (N, 3) along axes (N,) are corners of the box, (N,) bool."""
        return self.is_real(places) & self.is_real(places + torch.nn.functional.one_hot(axes, 3))

    def positions(self, places: Tensor) -> Tensor:
        """Places (N, 3), whole or fractional -> coordinates (N, 3) float64."""
        spacing = torch.tensor(self.step, dtype=torch.float64, device=places.device) * self.stride
        return places.to(torch.float64) * spacing + torch.tensor(self.low, dtype=torch.float64, device=places.device)

    def cells_of(self, points: Tensor) -> Tensor:
        """Places of the cells that hold points (N, 3) float64; points outside the box are left out, (M, 3) int64."""
        spacing = torch.tensor(self.step, dtype=torch.float64, device=points.device) * self.stride
        places = torch.floor((points - torch.tensor(self.low, dtype=torch.float64, device=points.device)) / spacing)
        return places[self.is_real(places)].to(torch.int64)


def start_stride(lattice: Lattice, start_cells: int, min_feature: float | None) -> int:
    """The stride of the starting grid: a power of two.

    min_feature: a ball of this diameter never fits between the corners of the starting grid, for its cells' diagonals are
    not longer. Without it, the starting grid is the coarsest that has start_cells cells along the longest edge of the box.
    """
    ratio = max(lattice.cells) / start_cells if min_feature is None else min_feature / math.hypot(*lattice.step)
    return 1 << max(0, math.floor(math.log2(max(ratio, 1.0))))


def _triple(array: np.ndarray) -> Triple:
    x, y, z = array.tolist()
    return x, y, z
