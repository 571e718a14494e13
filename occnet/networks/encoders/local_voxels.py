"""The voxel encoder of the 2020 paper: one convolution, then every voxel's feature onto planes and grids with U-Nets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.local_code import LocalCode
from occnet.networks.encoders.plane_unets import LocalCodeConfig, LocalFeatures
from occnet.networks.interfaces import Encoder

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class LocalVoxelsConfig(LocalCodeConfig):
    """How large the local voxel encoder is; the defaults are the published three planes."""

    plane_depth: int = 5  # resolutions of the 2D U-Net; 0 leaves it out
    resolution: int = 32  # voxels along each edge of the input in training; others are read as well
    kernel: int = 3  # edge of the first convolution, in voxels: 1 or 3


class LocalVoxels(Encoder):
    """Voxels (B, R, R, R), 1 where occupied, xyz order -> LocalCode.

    Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.1, "voxel encoder".
    """

    reads: ClassVar[str] = "voxels"
    code_kind: ClassVar[type] = LocalCode
    Config = LocalVoxelsConfig

    def __init__(self, config: LocalVoxelsConfig) -> None:
        super().__init__()
        self.code_channels, self.observation_size = {"features": config.code_channels}, config.resolution
        self.conv_in = nn.Conv3d(1, config.code_channels, config.kernel, padding=config.kernel // 2)
        self.spread = LocalFeatures(config, config.layout())

    def forward(self, voxels: Float[Tensor, "b r r r"]) -> LocalCode:
        features = F.relu(self.conv_in(voxels.unsqueeze(1))).flatten(2).transpose(1, 2)  # (B, R^3, C), z fastest
        # the published code puts the outermost voxels' features on the border of the unit cube, not half a voxel within
        ticks = [torch.linspace(-0.5, 0.5, size, device=voxels.device) for size in voxels.shape[1:]]
        places = torch.stack(torch.meshgrid(*ticks, indexing="ij"), dim=-1).view(1, -1, 3)
        return self.spread(features, places.expand(len(voxels), -1, -1))
