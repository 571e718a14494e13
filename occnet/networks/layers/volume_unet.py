"""The 3D U-Net of Convolutional Occupancy Networks, which spreads features over a grid, norms by groups of channels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_GROUPS = 8  # of channels that share a norm; a single one where there are fewer channels


class _Step(nn.Module):
    """Group norm, 3x3x3 convolution without bias, ReLU: in this order."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.groupnorm = nn.GroupNorm(_GROUPS if inputs >= _GROUPS else 1, inputs)
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(self.groupnorm(x)))


class _DoubleStep(nn.Module):
    """Two steps; on the way down the first one already widens half of the way, on the way up it narrows all of it."""

    def __init__(self, inputs: int, outputs: int, down: bool) -> None:
        super().__init__()
        middle = max(outputs // 2, inputs) if down else outputs
        self.first, self.second = _Step(inputs, middle), _Step(middle, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


class VolumeUNet(nn.Module):
    """Grid features -> grid features with context: (B, C, R, R, R) -> the same shape.

    levels: resolutions, each half of the one before; first_channels: width at the finest, doubled at each halving.
    Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.2, after 3D U-Net (Cicek et al. 2016): max pooling down,
    nearest neighbours up, skips concatenated before what comes from below.
    """

    def __init__(self, channels: int, levels: int, first_channels: int) -> None:
        super().__init__()
        widths = [first_channels << level for level in range(levels)]
        self.down = nn.ModuleList(_DoubleStep(a, b, down=True) for a, b in zip([channels, *widths[:-1]], widths, strict=True))
        self.up = nn.ModuleList(
            _DoubleStep(a + b, b, down=False) for a, b in zip(widths[:0:-1], widths[-2::-1] if levels > 1 else [], strict=True)
        )
        self.final = nn.Conv3d(widths[0], channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for down in self.down:
            x = down(F.max_pool3d(x, 2) if skips else x)
            skips.append(x)
        for up, skip in zip(self.up, skips[-2::-1], strict=True):
            x = up(torch.cat([skip, F.interpolate(x, size=skip.shape[2:], mode="nearest")], dim=1))
        return self.final(x)
