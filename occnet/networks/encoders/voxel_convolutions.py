"""The voxel encoder of the 2019 paper: 3D convolutions that halve the grid until 2^3 cells are left."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.errors import ModelError
from occnet.networks.interfaces import Encoder

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class VoxelConvolutionsConfig:
    """How large the voxel encoder is; the defaults are the paper's."""

    code_channels: int = 256  # length of the code
    resolution: int = 32  # voxels along each edge of the input; a power of two
    first_channels: int = 32  # width of the first convolution; doubled at each halving
    most_channels: int = 512  # where the doubling ends

    def __post_init__(self) -> None:
        if self.resolution < 4 or self.resolution & (self.resolution - 1):
            raise ValueError(f"resolution must be a power of two of at least 4, but is {self.resolution}")


class VoxelConvolutions(Encoder):
    """Voxels (B, R, R, R), 1 where occupied, xyz order -> one code vector a grid, (B, C).

    A convolution at full resolution, one of stride 2 for each halving down to 2^3, and a linear layer.
    Occupancy Networks (Mescheder et al. 2019), supplementary sec. 1, "voxel encoder"; 64^3 has one stage more.
    """

    reads: ClassVar[str] = "voxels"
    code_kind: ClassVar[type] = Tensor
    Config = VoxelConvolutionsConfig

    def __init__(self, config: VoxelConvolutionsConfig) -> None:
        super().__init__()
        self.config = config
        self.code_channels, self.observation_size = {"code": config.code_channels}, config.resolution
        halvings = config.resolution.bit_length() - 2
        widths = [min(config.first_channels << stage, config.most_channels) for stage in range(halvings + 1)]
        self.conv_in = nn.Conv3d(1, widths[0], 3, padding=1)
        self.convs = nn.ModuleList(nn.Conv3d(a, b, 3, padding=1, stride=2) for a, b in itertools.pairwise(widths))
        self.fc = nn.Linear(widths[-1] * 8, config.code_channels)

    def forward(self, voxels: Float[Tensor, "b r r r"]) -> Float[Tensor, "b c"]:
        if voxels.shape[-1] != self.config.resolution:
            given = " x ".join(map(str, voxels.shape[1:]))
            raise ModelError(f"This model reads voxels at {self.config.resolution}^3, but was given {given}.")
        x = self.conv_in(voxels.unsqueeze(1))
        for conv in self.convs:
            x = conv(F.relu(x))
        return self.fc(F.relu(x.flatten(1)))
