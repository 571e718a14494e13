"""A residual 3D U-Net over a dense feature grid, channels last, normalised voxel by voxel."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.fast.products import Product


class _Convolution(nn.Module):
    """A 3x3x3 convolution over (B, X, Y, Z, C). The kernel is kept as a matrix, which is how Muon wants to see it."""

    def __init__(self, channels: int, zero: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels, channels * 27))
        self.bias = nn.Parameter(torch.zeros(channels))
        if not zero:
            nn.init.normal_(self.weight, std=(2.0 / (27 * channels)) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type == "cpu" and not torch.is_grad_enabled() and not torch.compiler.is_exporting():
            return convolved(x, self.weight, self.bias)
        weight = self.weight.unflatten(1, (-1, 3, 3, 3))
        # A (B, C, X, Y, Z) view of channels-last memory: the layout in which the CPU and tensor cores run fastest.
        return F.conv3d(x.permute(0, 4, 1, 2, 3), weight, self.bias, padding=1).permute(0, 2, 3, 4, 1)


def convolved(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The 3x3x3 convolution of (B, X, Y, Z, C), without gradients, as one product of each cell's 27 neighbours with a matrix.

    weight: (D, C * 27). On a CPU torch's own convolution of channels that lie last takes nearly twice as long.
    """
    windows = F.pad(x, (0, 0, 1, 1, 1, 1, 1, 1)).unfold(1, 3, 1).unfold(2, 3, 1).unfold(3, 3, 1)  # (B, X, Y, Z, C, 3, 3, 3)
    around = windows.permute(0, 1, 2, 3, 5, 6, 7, 4).flatten(4)
    return Product(weight.unflatten(1, (-1, 27)).transpose(1, 2).flatten(1), bias)(around)


class _Block(nn.Module):
    """Two pre-activated 3x3x3 convolutions with a residual connection.

    The norm runs over the channels of one voxel, not over the volume: the result at a place depends on its
    surroundings alone, so that a crop and the whole scene agree.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.conv1 = _Convolution(channels)
        self.norm2 = nn.LayerNorm(channels)
        self.conv2 = _Convolution(channels, zero=True)  # the block starts as the identity

    def forward(self, x: Tensor) -> Tensor:  # (B, R, R, R, C)
        y = self.conv1(F.relu(self.norm1(x)))
        return x + self.conv2(F.relu(self.norm2(y)))


def _halved(x: Tensor) -> Tensor:
    """Each 2x2x2 cells become one with eight times the channels: (B, X, Y, Z, C) -> (B, X/2, Y/2, Z/2, 8 C)."""
    x = x.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).unflatten(1, (-1, 2))  # (B, X, 2, Y, 2, Z, 2, C)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)


def _doubled(x: Tensor) -> Tensor:
    """The inverse of _halved."""
    x = x.unflatten(4, (2, 2, 2, -1))  # (B, X, Y, Z, 2, 2, 2, C)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).flatten(5, 6).flatten(3, 4).flatten(1, 2)


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
        self.down = nn.ModuleList(nn.Linear(8 * a, b) for a, b in pairs)
        self.up = nn.ModuleList(nn.Linear(b, 8 * a) for a, b in pairs)
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
            x = down(_halved(x))
        x = self.down_blocks[-1](x)
        for blocks, up, skip in zip(reversed(self.up_blocks), reversed(self.up), reversed(skips), strict=True):
            x = blocks(skip + _doubled(up(x)))
        return x
