"""The 2D U-Net of Convolutional Occupancy Networks, which spreads features over a plane."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def _convolution(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    nn.init.xavier_normal_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


class _Down(nn.Module):
    """Two 3x3 convolutions, each with a ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = _convolution(inputs, outputs), _convolution(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv2(F.relu(self.conv1(x))))


class _Up(nn.Module):
    """Doubling by a transposed convolution, the skip concatenated or added, two 3x3 convolutions."""

    def __init__(self, inputs: int, outputs: int, concatenate: bool) -> None:
        super().__init__()
        self.concatenate = concatenate
        self.upconv = nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
        self.conv1 = _convolution(2 * outputs if concatenate else outputs, outputs)
        self.conv2 = _convolution(outputs, outputs)
        nn.init.xavier_normal_(self.upconv.weight)
        nn.init.zeros_(self.upconv.bias)  # pyright: ignore[reportArgumentType]

    def forward(self, skip: Tensor, x: Tensor) -> Tensor:
        x = self.upconv(x)
        x = torch.cat([x, skip], dim=1) if self.concatenate else x + skip
        return F.relu(self.conv2(F.relu(self.conv1(x))))


class UNet2d(nn.Module):
    """Plane features -> plane features with context: (B, C, R, R) -> the same shape.

    depth: resolutions, each half of the one before (R must be divisible by 2 ** (depth - 1)); first_channels: width
    at the finest, doubled at each halving; concatenate: skips are appended, else added.
    Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.2, after U-Net (Ronneberger et al. 2015).
    """

    def __init__(self, channels: int, depth: int, first_channels: int, concatenate: bool = True) -> None:
        super().__init__()
        widths = [first_channels << level for level in range(depth)]
        self.down_convs = nn.ModuleList(_Down(a, b) for a, b in zip([channels, *widths[:-1]], widths, strict=True))
        self.up_convs = nn.ModuleList(
            _Up(a, b, concatenate) for a, b in zip(widths[:0:-1], widths[-2::-1] if depth > 1 else [], strict=True)
        )
        self.conv_final = _convolution(widths[0], channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for down in self.down_convs:
            x = down(F.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        for up, skip in zip(self.up_convs, skips[-2::-1], strict=True):
            x = up(skip, x)
        return self.conv_final(x)
