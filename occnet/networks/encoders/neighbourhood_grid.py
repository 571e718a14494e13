"""The default point-cloud encoder: features on the points where the detail is, a coarse grid U-Net for the context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.cube import PADDED_EDGE
from occnet.networks.codes.point_grid_code import PointGridCode
from occnet.networks.interfaces import Encoder
from occnet.networks.layers.bounded_offsets import bounded
from occnet.networks.layers.grid import cell_offsets
from occnet.networks.layers.neighbours import PointIndex, rows_at
from occnet.networks.layers.sparse_unet3d import SparseUNet3d

if TYPE_CHECKING:
    from jaxtyping import Float


_GEOMETRY = 9  # channels of what a point knows of a neighbour's place
_NORMAL = 4  # and of its normal, where there are normals


class _Gather(nn.Module):
    """One round of messages between neighbouring points: pairs -> two layers -> mean -> point."""

    def __init__(self, channels: int, geometry: int, pair_channels: int, output: int) -> None:
        super().__init__()
        self.feature = nn.Linear(channels, pair_channels) if channels else None
        self.offset = nn.Linear(geometry, pair_channels)
        self.pair = nn.Linear(pair_channels, pair_channels)
        self.output = nn.Linear(pair_channels, output)

    def forward(self, geometry: Tensor, neighbours: Tensor, features: Tensor | None) -> Tensor:
        # Without normals their columns of the weight have nothing to do: as if they were zero, for less.
        pair = F.linear(geometry, self.offset.weight[:, : geometry.shape[-1]], self.offset.bias)  # (B, N, K, P)
        if self.feature is not None and features is not None:
            pair = pair + rows_at(self.feature(features), neighbours)
        pair = self.pair(F.relu(pair))
        return self.output(F.relu(pair).mean(dim=2))


@dataclass(frozen=True)
class NeighbourhoodGridConfig:
    """How large the neighbourhood-and-grid encoder is."""

    normals: bool = False  # whether it makes use of normals where a cloud has them; it never needs them
    neighbours: int = 16  # points that each point listens to
    point_channels: int = 64  # width of the feature on each point
    pair_channels: int = 32  # width of the messages between points
    resolution: int = 64  # cells of the finest grid along each edge of the padded cube
    sparse_channels: tuple[int, ...] = (48, 64)  # U-Net widths of the levels where only occupied cells are kept, finest first
    sparse_blocks: tuple[int, ...] = (1, 1)  # residual blocks at each of them, down and up
    dense_channels: tuple[int, ...] = (64, 96, 128)  # widths of the dense levels below, finest first
    dense_blocks: tuple[int, ...] = (1, 2, 2)  # residual blocks at each of them, down and up

    def __post_init__(self) -> None:
        halvings = len(self.sparse_channels) + len(self.dense_channels) - 1
        if self.resolution % 2**halvings:
            raise ValueError(f"resolution must be divisible by {2**halvings}, for it is halved {halvings} times")
        if (len(self.sparse_channels), len(self.dense_channels)) != (len(self.sparse_blocks), len(self.dense_blocks)):
            raise ValueError("sparse_blocks and dense_blocks must have one entry for each of their channels")


class NeighbourhoodGridEncoder(Encoder):
    """Points (B, N, 3) in the padded unit cube, or (B, N, 6) with unit normals -> PointGridCode.

    Each point gathers the shape of its neighbourhood (relative to the local spacing and to the grid's cell), is
    averaged into a grid whose U-Net adds context, reads the grid back, and listens to its neighbours once more.
    Nothing depends on the absolute position, and all norms are local: any size of scene works.
    Local features after Convolutional Occupancy Networks (Peng et al. 2020, sec. 3); features kept on the input
    points after POCO (Boulch and Marlet 2022, sec. 3).
    """

    reads: ClassVar[str] = "points"
    code_kind: ClassVar[type] = PointGridCode
    local_code: ClassVar[bool] = True
    Config = NeighbourhoodGridConfig
    index_of: Callable[..., PointIndex] = PointIndex  # how it finds neighbours

    def __init__(self, config: NeighbourhoodGridConfig) -> None:
        super().__init__()
        self.config, self.reads_normals = config, config.normals
        width, base = config.point_channels, config.sparse_channels[0]
        self.code_channels = {"points": width, "grid": config.dense_channels[0]}
        geometry = _GEOMETRY + (_NORMAL if config.normals else 0)
        self.local = _Gather(0, geometry, config.pair_channels, width)
        self.to_grid = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU())
        self.to_cell = nn.Linear(width + 3, base)
        self.unet = SparseUNet3d(
            config.resolution, config.sparse_channels, config.sparse_blocks, config.dense_channels, config.dense_blocks
        )
        self.from_grid = nn.Sequential(nn.Linear(width + base + 3, width), nn.ReLU(), nn.Linear(width, width))
        self.norm = nn.LayerNorm(width)
        self.context = _Gather(width, geometry, config.pair_channels, width)
        self.final = nn.LayerNorm(width)

    def forward(self, observation: Float[Tensor, "b n 3"] | Float[Tensor, "b n 6"]) -> PointGridCode:
        points = observation[..., :3].contiguous()
        normals = observation[..., 3:] if self.reads_normals else observation[..., :0]
        return self.encoded(points, normals)

    def encoded(
        self,
        points: Float[Tensor, "b n 3"],
        normals: Float[Tensor, "b n 3"] | Float[Tensor, "b n 0"],
        counts: Sequence[int] | None = None,
    ) -> PointGridCode:
        """The code of clouds (B, N, 3), with normals (B, N, 3) or none (B, N, 0).

        counts: how many rows of each cloud are its points, where the others repeat them to fill the batch.
        """
        config, index = self.config, self.index_of(points, counts)
        cell = 2 * PADDED_EDGE / config.resolution
        neighbours = index.nearest(points, config.neighbours)  # (B, N, K), the point itself first
        offsets = rows_at(points, neighbours) - points.unsqueeze(2)  # (B, N, K, 3)
        spacing = offsets[:, :, 1:].norm(dim=-1).mean(dim=-1, keepdim=True).clamp_min(1e-4)  # (B, N, 1)
        spread = (spacing / cell).log().unsqueeze(2).expand(*offsets.shape[:3], 1)
        near = bounded(offsets, spacing.unsqueeze(2))
        parts = [near, bounded(offsets, torch.full_like(spacing.unsqueeze(2), cell)), spread]
        if normals.shape[-1]:
            theirs = rows_at(normals, neighbours)
            parts += [theirs, (theirs * near[..., :3]).sum(dim=-1, keepdim=True)]  # how far from the neighbour's plane
        geometry = torch.cat(parts, dim=-1)
        features = self.local(geometry, neighbours, None)
        place = cell_offsets(points, config.resolution)  # (B, N, 3)
        cells, grid = self.unet(self.to_cell(torch.cat([self.to_grid(features), place], dim=-1)), points)
        features = features + self.from_grid(torch.cat([features, cells.to(features.dtype), place], dim=-1))
        features = features + self.context(geometry, neighbours, self.norm(features))
        features = self.final(features)
        return PointGridCode(points, spacing, features, grid, index)
