"""The sparse U-Net with a row for each point in place of a row for each occupied cell.

How many cells are occupied only the numbers tell, and a graph of fixed shapes cannot hold that. Points are as many as they are:
those of one cell have equal rows, one of them stands for the cell, and empty cells are looked up in a table of the whole grid.
"""

from __future__ import annotations

from itertools import product
from typing import cast

import torch
from torch import Tensor, nn

from occnet.networks.layers.grid import cells_of
from occnet.networks.layers.sparse_unet3d import SparseUNet3d, neighbour_rows


class PortableUNet3d(nn.Module):
    """`SparseUNet3d` of a batch of one, with its weights."""

    def __init__(self, unet: SparseUNet3d) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, features: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """features (1, N, C), points (1, N, 3) -> (1, N, C) of each point's finest cell, (1, R, R, R, G) of the dense grid."""
        unet, count = self.unet, features.shape[1]
        keys = cells_of(points, unet.resolution).view(-1)
        cells = _Cells(keys, unet.resolution)
        rows = cells.means(features[0])
        levels, skips = [], []
        for level in range(unet.levels):
            for block in cast(nn.ModuleList, unet.down_blocks[level]):
                rows = block(rows, cells)
            levels.append(cells)
            skips.append(rows)
            rows = unet.down[level](neighbour_rows(rows, cells.children))
            cells = _Cells(cells.parent_keys, cells.resolution // 2)
        coarse = unet.dense_resolution
        grid = rows.new_zeros(coarse**3, rows.shape[1]).index_copy(0, cells.keys, rows)  # equal rows at equal places
        grid = unet.dense(grid.view(1, coarse, coarse, coarse, -1))
        rows = grid.reshape(coarse**3, -1).index_select(0, cells.keys)
        for level in reversed(range(unet.levels)):
            cells, width = levels[level], skips[level].shape[1]
            octants = cells.octants.view(-1, 1, 1).expand(count, 1, width)
            rows = skips[level] + unet.up[level](rows).view(count, 8, width).gather(1, octants).squeeze(1)
            for block in cast(nn.ModuleList, unet.up_blocks[level]):
                rows = block(rows, cells)
        return rows.unsqueeze(0), grid


class _Cells:
    """The cells in which points lie, one row a point; what `SparseConvolution` asks of occupied cells.

    keys: (N,) the cell of each point, (x * R + y) * R + z. neighbours: (N, 27) a point in each of the cells around, N where
    there is none. children: (N, 8) a point in each eighth of its parent cell, N where there is none.
    """

    def __init__(self, keys: Tensor, resolution: int) -> None:
        self.keys, self.resolution = keys, resolution
        rows = torch.arange(keys.shape[0], device=keys.device)  # len(keys) would be a number for good where a graph is traced
        none = rows[-1:] + 1
        x, y, z = keys // resolution**2, keys // resolution % resolution, keys % resolution
        padded = resolution + 2  # a rim of empty cells: no neighbour needs a bounds check
        center = ((x + 1) * padded + y + 1) * padded + z + 1
        table = torch.full((padded**3,), -1, dtype=torch.int64, device=keys.device)
        table = table.scatter_reduce(0, center, rows, "amax")

        def at(cells: Tensor) -> Tensor:
            found = table[cells]
            return torch.where(found < 0, none, found)

        steps = [(dx * padded + dy) * padded + dz for dx, dy, dz in product((-1, 0, 1), repeat=3)]
        self.neighbours = at(center.unsqueeze(1) + torch.tensor(steps, device=keys.device))
        half = resolution // 2
        self.parent_keys = ((x // 2) * half + y // 2) * half + z // 2
        self.octants = (x % 2 * 2 + y % 2) * 2 + z % 2
        corner = ((x // 2 * 2 + 1) * padded + y // 2 * 2 + 1) * padded + z // 2 * 2 + 1
        eighths = [(dx * padded + dy) * padded + dz for dx, dy, dz in product((0, 1), repeat=3)]
        self.children = at(corner.unsqueeze(1) + torch.tensor(eighths, device=keys.device))

    def means(self, features: Tensor) -> Tensor:
        """Of each point the mean of the features, (N, C), of the points in its cell."""
        cells = self.resolution**3
        total = features.new_zeros(cells, features.shape[1]).index_add(0, self.keys, features)
        members = features.new_zeros(cells, 1).index_add(0, self.keys, features.new_ones(self.keys.shape[0], 1))
        return total.index_select(0, self.keys) / members.index_select(0, self.keys)
