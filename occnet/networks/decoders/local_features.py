"""The decoder of the 2020 paper: features of planes and grids at the point, given to each of its residual blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.local_code import LocalCode
from occnet.networks.interfaces import Decoder
from occnet.networks.layers.residual import ResidualBlock

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class LocalFeaturesConfig:
    """How large the local decoder is; the defaults are the paper's."""

    hidden_channels: int = 32  # width of the blocks
    blocks: int = 5  # residual blocks, each given the local feature anew
    relative: bool = False  # only the features tell where a point is: fully convolutional, for scenes in crops


class LocalFeaturesDecoder(Decoder):
    """Points (B, N, 3), LocalCode -> logits (B, N).

    Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.3: bilinear interpolation of planes, trilinear of grids.
    """

    reads: ClassVar[type] = LocalCode
    Config = LocalFeaturesConfig

    def __init__(self, config: LocalFeaturesConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.relative = config.relative
        self.fc_p = nn.Linear(3, hidden)
        self.fc_c = nn.ModuleList(nn.Linear(code_channels["features"], hidden) for _ in range(config.blocks))
        self.blocks = nn.ModuleList(ResidualBlock(hidden, hidden) for _ in range(config.blocks))
        self.fc_out = nn.Linear(hidden, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: LocalCode) -> Float[Tensor, "b n"]:
        feature = code.at(points)
        x = self.fc_p(code.layout.places(points) if self.relative else points)
        for local, block in zip(self.fc_c, self.blocks, strict=True):
            x = block(x + local(feature))
        return self.fc_out(F.relu(x)).squeeze(-1).float()
