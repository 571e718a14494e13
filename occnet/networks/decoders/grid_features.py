"""A decoder that reads only the feature grid: trilinear interpolation, then residual blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.point_grid_code import PointGridCode
from occnet.networks.interfaces import Decoder
from occnet.networks.layers.grid import interpolate
from occnet.networks.layers.residual import ResidualBlock

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class GridFeaturesConfig:
    """How large the grid-features decoder is; the defaults are those of the 2020 paper."""

    hidden_channels: int = 32  # width of the blocks
    blocks: int = 5  # residual blocks, each given the local feature anew


class GridFeaturesDecoder(Decoder):
    """Points (B, N, 3), PointGridCode -> logits (B, N).

    Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.3, volume features.
    """

    reads: ClassVar[type] = PointGridCode
    Config = GridFeaturesConfig

    def __init__(self, config: GridFeaturesConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.fc_p = nn.Linear(3, hidden)
        self.fc_c = nn.ModuleList(nn.Linear(code_channels["grid"], hidden) for _ in range(config.blocks))
        self.blocks = nn.ModuleList(ResidualBlock(hidden, hidden) for _ in range(config.blocks))
        self.fc_out = nn.Linear(hidden, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: PointGridCode) -> Float[Tensor, "b n"]:
        feature = interpolate(code.grid, points)
        x = self.fc_p(points)
        for local, block in zip(self.fc_c, self.blocks, strict=True):
            x = block(x + local(feature))
        return self.fc_out(F.relu(x)).squeeze(-1).float()
