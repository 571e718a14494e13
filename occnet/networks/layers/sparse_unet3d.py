"""A residual 3D U-Net that is sparse where it is fine and dense where it is coarse.

A surface touches few cells of a fine grid: convolving only the occupied ones costs as much as the surface is large, not
as the volume is, and leaves the dense work to a grid coarse enough to be cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from occnet.networks.layers.grid import cells_of
from occnet.networks.layers.unet3d import UNet3d


@dataclass(frozen=True, eq=False)
class OccupiedCells:
    """The occupied cells of a batch of grids, one row each.

    keys: (M,) sorted, ((batch * R + x) * R + y) * R + z. neighbours: (M, 27) rows of the cells around, M where one is empty;
    entry 26 - k of a cell's entry k is the cell itself, which is what lets a gather run backwards as a gather.
    parents: (M,) rows among the next coarser level's cells. octants: (M,) 0..7, which eighth of the parent.
    """

    resolution: int
    keys: Tensor
    neighbours: Tensor
    parents: Tensor
    octants: Tensor
    parent_keys: Tensor  # (P,) sorted keys at half the resolution
    children: Tensor  # (P, 8) rows, M where there is none

    @cached_property
    def pairs(self) -> list[tuple[Tensor, Tensor]]:
        """For each of the 27 places around: the rows that have an occupied cell there, and the rows of these cells."""
        found = []
        for column in self.neighbours.t().contiguous():
            rows = (column < len(self.keys)).nonzero().squeeze(1)
            found.append((rows, column[rows].long()))
        return found


def _coordinates(keys: Tensor, resolution: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    z = keys % resolution
    y = keys // resolution % resolution
    x = keys // resolution**2 % resolution
    return keys // resolution**3, x, y, z


def occupied_cells(keys: Tensor, batch: int, resolution: int) -> OccupiedCells:
    """The cells with these sorted, distinct keys, with their neighbours and parents."""
    count, device = len(keys), keys.device
    grid, x, y, z = _coordinates(keys, resolution)
    padded = resolution + 2  # a rim of empty cells: no neighbour needs a bounds check
    table = torch.full((batch * padded**3,), count, dtype=torch.int32, device=device)
    center = ((grid * padded + x + 1) * padded + y + 1) * padded + z + 1
    table[center] = torch.arange(count, dtype=torch.int32, device=device)
    steps = [(dx * padded + dy) * padded + dz for dx, dy, dz in product((-1, 0, 1), repeat=3)]
    neighbours = table[center.unsqueeze(1) + torch.tensor(steps, device=device)]
    half = resolution // 2
    above = ((grid * half + x // 2) * half + y // 2) * half + z // 2
    parent_keys, parents = torch.unique(above, return_inverse=True)
    octants = (x % 2 * 2 + y % 2) * 2 + z % 2
    children = torch.full((len(parent_keys) * 8,), count, dtype=torch.int32, device=device)
    children[parents * 8 + octants] = torch.arange(count, dtype=torch.int32, device=device)
    return OccupiedCells(resolution, keys, neighbours, parents, octants, parent_keys, children.view(-1, 8))


def neighbour_rows(rows: Tensor, indices: Tensor) -> Tensor:
    """Rows of rows with a zero row appended: (M, C), (P, K) -> (P, K * C)."""
    padded = torch.cat([rows, rows.new_zeros(1, rows.shape[1])])
    return padded.index_select(0, indices.reshape(-1)).view(indices.shape[0], -1)


class _NeighbourProduct(torch.autograd.Function):
    """Gather the 27 cells around, times a matrix. Backwards the neighbours' relation mirrors itself: a gather again."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, neighbours: Tensor) -> Tensor:
        ctx.save_for_backward(rows, weight, neighbours)
        return neighbour_rows(rows, neighbours) @ weight.T

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        (gradient,) = gradients  # (M, D)
        rows, weight, neighbours = ctx.saved_tensors
        by_weight = gradient.T @ neighbour_rows(rows, neighbours)
        mirrored = weight.unflatten(1, (27, -1)).flip(1).permute(1, 0, 2).flatten(0, 1)  # (27 D, C)
        by_rows = neighbour_rows(gradient, neighbours) @ mirrored
        return by_rows, by_weight, None


def neighbour_product(rows: Tensor, weight: Tensor, neighbours: Tensor) -> Tensor:
    """The 27 cells around each row times a matrix: (M, C), (D, 27 C), (M, 27) -> (M, D)."""
    return cast(Tensor, _NeighbourProduct.apply(rows, weight, neighbours))


class _PairedProduct(torch.autograd.Function):
    """What `_NeighbourProduct` is, place by place and of the occupied cells alone: a third of the products, in the cache."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
        ctx.save_for_backward(rows, weight)
        ctx.pairs = pairs
        sums = torch.promote_types(rows.dtype, torch.float32)  # 27 of them are too many for a narrow type
        result = rows.new_zeros(len(rows), len(weight), dtype=sums)
        for (into, of), part in zip(pairs, weight.split(rows.shape[1], dim=1), strict=True):
            result.index_add_(0, into, (rows.index_select(0, of) @ part.t()).to(sums))
        return result.to(rows.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        (gradient,) = gradients  # (M, D)
        rows, weight = ctx.saved_tensors
        sums = torch.promote_types(rows.dtype, torch.float32)
        by_rows, by_weight = torch.zeros_like(rows, dtype=sums), []
        for (into, of), part in zip(ctx.pairs, weight.split(rows.shape[1], dim=1), strict=True):
            theirs = gradient.index_select(0, into)
            by_weight.append(theirs.t() @ rows.index_select(0, of))
            by_rows.index_add_(0, of, (theirs @ part).to(sums))
        return by_rows.to(rows.dtype), torch.cat(by_weight, dim=1), None


def paired_product(rows: Tensor, weight: Tensor, pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """What `neighbour_product` gives, up to the order of sums, from `OccupiedCells.pairs`; sooner on a CPU."""
    return cast(Tensor, _PairedProduct.apply(rows, weight, pairs))


class SparseConvolution(nn.Module):
    """A 3x3x3 convolution over the occupied cells alone; empty cells count as zero and stay empty."""

    def __init__(self, channels: int, zero: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels, 27 * channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        if not zero:
            nn.init.normal_(self.weight, std=(2.0 / (9 * channels)) ** 0.5)  # about 9 of the 27 cells are occupied

    def forward(self, rows: Tensor, cells: OccupiedCells) -> Tensor:
        weight, bias = self.weight.to(rows.dtype), self.bias.to(rows.dtype)
        if rows.device.type == "cpu" and isinstance(cells, OccupiedCells):  # cells of a graph of fixed shapes have no pairs
            return paired_product(rows, weight, cells.pairs) + bias
        return neighbour_product(rows, weight, cells.neighbours) + bias


class _Block(nn.Module):
    """Two pre-activated sparse convolutions with a residual connection; norms over the channels of one cell."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.conv1 = SparseConvolution(channels)
        self.norm2 = nn.LayerNorm(channels)
        self.conv2 = SparseConvolution(channels, zero=True)

    def forward(self, rows: Tensor, cells: OccupiedCells) -> Tensor:
        rest = self.conv1(F.relu(self.norm1(rows).to(rows.dtype)), cells)  # autocast would leave the norm's result float32
        return rows + self.conv2(F.relu(self.norm2(rest).to(rows.dtype)), cells)


class SparseUNet3d(nn.Module):
    """Points' features, averaged into fine cells -> features of these cells and of a dense coarse grid, with context.

    sparse_channels, sparse_blocks: widths and residual blocks (down, and up again) of the sparse levels, finest first, the
    finest with `resolution` cells along an edge; dense_channels, dense_blocks: of the U-Net below them.
    """

    def __init__(
        self,
        resolution: int,
        sparse_channels: Sequence[int],
        sparse_blocks: Sequence[int],
        dense_channels: Sequence[int],
        dense_blocks: Sequence[int],
    ) -> None:
        super().__init__()
        self.resolution, self.levels = resolution, len(sparse_channels)
        self.dense_resolution = resolution >> self.levels
        widths = [*sparse_channels, dense_channels[0]]

        def stages() -> nn.ModuleList:
            return nn.ModuleList(
                nn.ModuleList(_Block(c) for _ in range(n)) for c, n in zip(sparse_channels, sparse_blocks, strict=True)
            )

        self.down_blocks, self.up_blocks = stages(), stages()
        self.down = nn.ModuleList(nn.Linear(8 * a, b) for a, b in pairwise(widths))
        self.up = nn.ModuleList(nn.Linear(b, 8 * a) for a, b in pairwise(widths))
        self.dense = UNet3d(dense_channels, dense_blocks)

    def forward(self, features: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """features (B, N, C), points (B, N, 3) -> (B, N, C) of each point's finest cell, (B, R, R, R, G) of the dense grid."""
        batch, count, channels = features.shape
        keys = cells_of(points, self.resolution).view(-1)
        occupied, rows_of_points = torch.unique(keys, return_inverse=True)
        if torch.is_autocast_enabled(features.device.type):
            features = features.to(torch.get_autocast_dtype(features.device.type))
        total = features.new_zeros(len(occupied), channels).float()
        total = total.index_add(0, rows_of_points, features.reshape(-1, channels).float())
        members = torch.bincount(rows_of_points, minlength=len(occupied)).unsqueeze(1)
        rows = (total / members).to(features.dtype)
        levels: list[OccupiedCells] = []
        skips: list[Tensor] = []
        for level in range(self.levels):
            cells = occupied_cells(occupied, batch, self.resolution >> level)
            for block in cast(nn.ModuleList, self.down_blocks[level]):
                rows = block(rows, cells)
            levels.append(cells)
            skips.append(rows)
            rows = self.down[level](neighbour_rows(rows, cells.children))
            occupied = cells.parent_keys
        coarse = self.dense_resolution
        grid = rows.new_zeros(batch * coarse**3, rows.shape[1]).index_copy(0, occupied, rows)
        grid = self.dense(grid.view(batch, coarse, coarse, coarse, -1))
        rows = grid.reshape(batch * coarse**3, -1).index_select(0, occupied)
        for level in reversed(range(self.levels)):
            cells = levels[level]
            width = skips[level].shape[1]
            spread = self.up[level](rows).view(-1, width).index_select(0, cells.parents * 8 + cells.octants)
            rows = skips[level] + spread
            for block in cast(nn.ModuleList, self.up_blocks[level]):
                rows = block(rows, cells)
        return rows.index_select(0, rows_of_points).view(batch, count, -1), grid
