"""Voxels from a code: a grid of occupancies by transposed convolutions; its memory grows by the cube of its resolution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Decoder

if TYPE_CHECKING:
    from jaxtyping import Float

_COARSEST = 4  # voxels along each edge, from which the convolutions double
_EMPTY = -10.0  # logit beyond the cube


@dataclass(frozen=True)
class VoxelGridConfig:
    """How fine the grid is, and how wide the layers."""

    resolution: int = 32  # voxels along each edge of the unit cube
    hidden_channels: int = 128  # of the coarsest grid; each finer one has half of it, 16 at least

    def __post_init__(self) -> None:
        if self.resolution < 2 * _COARSEST or self.resolution & (self.resolution - 1):
            raise ValueError(f"resolution must be a power of two, at least {2 * _COARSEST}, but is {self.resolution}")


class VoxelGridDecoder(Decoder):
    """Code (B, C) -> logits of the voxels of the unit cube, in the manner of Choy et al., 3D-R2N2, 2016.

    In training a point has the logit of the voxel that it lies in: the cross-entropy of points is then that of voxels, each
    with the share of it that is inside. In evaluation it is read between the voxels' centres, as marching cubes on a grid does.
    """

    Config = VoxelGridConfig
    reads = Tensor

    def __init__(self, config: VoxelGridConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        self.resolution = config.resolution
        channels = [config.hidden_channels]
        layers: list[nn.Module] = []
        for _ in range((config.resolution // _COARSEST).bit_length() - 1):
            channels.append(max(16, channels[-1] // 2))
            layers += [nn.ReLU(), nn.ConvTranspose3d(*channels[-2:], kernel_size=4, stride=2, padding=1)]
        self.first = nn.Linear(sum(code_channels.values()), channels[0] * _COARSEST**3)
        self.layers = nn.Sequential(*layers, nn.ReLU(), nn.Conv3d(channels[-1], 1, kernel_size=3, padding=1))

    def grid(self, code: Float[Tensor, "b c"]) -> Float[Tensor, "b r r r"]:
        """The logits of the voxels, xyz order."""
        coarse = self.first(code).unflatten(1, (-1, _COARSEST, _COARSEST, _COARSEST))
        return self.layers(coarse).squeeze(1)

    def forward(self, points: Float[Tensor, "b n 3"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b n"]:
        return self._read(self.grid(code), points)

    def bind(self, code: Float[Tensor, "b c"]) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n"]]:
        grid = self.grid(code)
        return lambda points: self._read(grid, points)

    def _read(self, grid: Tensor, points: Tensor) -> Tensor:
        padded = F.pad(grid.float(), (1,) * 6, value=_EMPTY).unsqueeze(1)
        places = points.flip(-1) * (2.0 * self.resolution / (self.resolution + 2))  # grid_sample takes the last axis first
        seen = F.grid_sample(
            padded,
            places.view(len(points), -1, 1, 1, 3).to(padded.dtype),
            mode="nearest" if self.training else "bilinear",
            padding_mode="border",
            align_corners=False,
        )
        return seen.view(points.shape[:2])
