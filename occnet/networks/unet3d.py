"""A residual 3D U-Net over a dense feature grid, channels last, normalised voxel by voxel."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _Block(nn.Module):
    """Two pre-activated 3x3x3 convolutions with a residual connection.

    The norm runs over the channels of one voxel, not over the volume: the result at a place depends on its
    surroundings alone, so that a crop and the whole scene agree.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.norm2 = nn.LayerNorm(channels)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)  # starts as the identity

    def forward(self, x: Tensor) -> Tensor:  # (B, R, R, R, C)
        y = _convolve(self.conv1, F.relu(self.norm1(x)))
        y = _convolve(self.conv2, F.relu(self.norm2(y)))
        return x + y


def _convolve(layer: nn.Module, x: Tensor) -> Tensor:
    # A (B, C, X, Y, Z) view of channels-last memory: the layout in which the CPU and tensor cores run fastest.
    return layer(x.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)


class UNet3d(nn.Module):
    """Grid features -> grid features with context: (B, R, R, R, C0) -> the same shape.

    channels: width at each resolution R, R/2, R/4, ...; blocks: residual blocks on the way down and up at each.
    R must be divisible by 2 ** (len(channels) - 1). Convolutional Occupancy Networks, sec. 3.2, with residual
    blocks, sums instead of concatenated skips and norms over channels.
    """

    def __init__(self, channels: Sequence[int], blocks: Sequence[int]) -> None:
        super().__init__()
        pairs = list(itertools.pairwise(channels))
        self.down_blocks = nn.ModuleList(
            nn.Sequential(*[_Block(c) for _ in range(n)]) for c, n in zip(channels, blocks, strict=True)
        )
        self.down = nn.ModuleList(nn.Conv3d(a, b, 2, stride=2) for a, b in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose3d(b, a, 2, stride=2) for a, b in pairs)
        self.up_blocks = nn.ModuleList(
            nn.Sequential(*[_Block(c) for _ in range(n)]) for c, n in zip(channels[:-1], blocks[:-1], strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))  # the residual stream too: half the memory traffic
        skips: list[Tensor] = []
        for blocks, down in zip(self.down_blocks, self.down, strict=False):
            x = blocks(x)
            skips.append(x)
            x = _convolve(down, x)
        x = self.down_blocks[-1](x)
        for blocks, up, skip in zip(reversed(self.up_blocks), reversed(self.up), reversed(skips), strict=True):
            x = blocks(skip + _convolve(up, x))
        return x
