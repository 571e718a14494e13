"""Features on planes and grids over the padded unit cube: where points lie on them, and pooling points into cells.

Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.1 and 3.3, with the conventions of the published code: a
plane has its first coordinate along its width, (B, C, second, first), a grid is (B, C, z, y, x); when sampled, the
outermost cells lie on the border of the padded cube, unless the layout is centred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

_MARGINS = {"grid": 10e-4}
AXES: dict[str, tuple[int, ...]] = {"xz": (0, 2), "xy": (0, 1), "yz": (1, 2), "grid": (0, 1, 2)}


@dataclass(frozen=True)
class FeatureLayout:
    """Which planes and grids there are over the cube, and how fine they are."""

    kinds: tuple[str, ...]  # of "xz", "xy", "yz" and "grid"
    plane_resolution: int
    grid_resolution: int
    padding: float  # total growth of the unit cube's edge
    centred: bool = False  # a cell's feature lies at its centre: the same in any crop; else as in the published code

    def __post_init__(self) -> None:
        if not self.kinds or not set(self.kinds) <= set(AXES):
            raise ValueError(f"features must name one or more of {', '.join(AXES)}, but is {list(self.kinds)}")

    def resolution(self, kind: str) -> int:
        """Cells along each edge of that plane or grid."""
        return self.grid_resolution if kind == "grid" else self.plane_resolution

    def cells(self, kind: str) -> int:
        """Cells of that plane or grid in all."""
        return self.resolution(kind) ** len(AXES[kind])

    def shares(self, points: Tensor, kind: str) -> Tensor:
        """Where points (..., 3) lie along each axis of a plane or grid, as shares in [0, 1) of its edge.

        The odd constants are those of the published code: weights trained there expect the cells where it puts them.
        """
        margin = _MARGINS.get(kind, 10e-6)
        shares = points[..., AXES[kind]] / (1.0 + self.padding + margin) + 0.5
        return shares.clamp(min=0.0).where(shares < 1.0, 1.0 - margin)

    def cell_of(self, points: Tensor, kind: str) -> Tensor:
        """The number of each point's cell, (B, N, 3) -> (B, N) int64; the first axis runs fastest."""
        resolution = self.resolution(kind)
        index = (self.shares(points, kind) * resolution).long()
        number = index[..., -1]
        for axis in range(index.shape[-1] - 2, -1, -1):
            number = index[..., axis] + resolution * number
        return number

    def places(self, points: Tensor) -> Tensor:
        """Where each point lies in its cell, (B, N, 3) in [-0.5, 0.5]: of the grid, or of one as fine as the planes."""
        places = self.shares(points, "grid") * (self.grid_resolution if "grid" in self.kinds else self.plane_resolution)
        return places - places.floor() - 0.5


def mean_into_cells(features: Tensor, cells: Tensor, total: int) -> Tensor:
    """Mean feature of each cell's points, zero in empty cells: (B, N, C), (B, N) -> (B, total, C)."""
    index = cells.unsqueeze(-1).expand_as(features)
    empty = features.new_zeros(features.shape[0], total, features.shape[-1])
    # not scatter_reduce's mean, which torch writes to ONNX as the feature of the last point of a cell
    points = features.new_ones(1, 1, 1).expand(*cells.shape, 1)
    count = empty[..., :1].scatter_add(1, cells.unsqueeze(-1), points)
    return empty.scatter_add(1, index, features) / count.clamp(min=1.0)


def pooled_in_cells(features: Tensor, cells: Sequence[Tensor], totals: Sequence[int]) -> Tensor:
    """For each point, the largest feature in its cell, summed over planes and grids: (B, N, C) -> (B, N, C)."""
    result = None
    for cell, total in zip(cells, totals, strict=True):
        index = cell.unsqueeze(-1).expand_as(features)
        empty = features.new_zeros(features.shape[0], total, features.shape[-1])
        largest = empty.scatter_reduce(1, index, features, "amax", include_self=False).gather(1, index)
        result = largest if result is None else result + largest
    assert result is not None
    return result


def as_image(rows: Tensor, kind: str, resolution: int) -> Tensor:
    """Rows of cells (B, R^d, C) as (B, C, R, ..., R)."""
    shape = (resolution,) * len(AXES[kind])
    # not channels last: the CPU's group norm loses a digit there, which a comparison with the published code shows
    return rows.transpose(1, 2).contiguous().unflatten(-1, shape)
