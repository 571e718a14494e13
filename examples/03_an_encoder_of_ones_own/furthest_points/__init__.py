"""An encoder of one's own: how far a cloud reaches in a few learned directions. It knows little, and learns in seconds."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from occnet.networks.interfaces import Encoder


@dataclass(frozen=True)
class ReachConfig:
    """The keys of a recipe's table [encoder], beside its name."""

    directions: int = 64  # in which the reach is measured
    code_channels: int = 64  # length of the code


class ReachEncoder(Encoder):
    """Cloud (B, N, 3) -> code (B, C): the soft maximum of the points along learned directions, and two layers."""

    Config, reads, code_kind = ReachConfig, "points", Tensor
    sharpness: ClassVar[float] = 20.0

    def __init__(self, config: ReachConfig) -> None:
        super().__init__()
        self.code_channels = {"code": config.code_channels}
        self.directions = nn.Parameter(torch.randn(3, config.directions))
        self.layers = nn.Sequential(nn.Linear(config.directions, 64), nn.ReLU(), nn.Linear(64, config.code_channels))

    def forward(self, cloud: Tensor) -> Tensor:
        along = cloud @ nn.functional.normalize(self.directions, dim=0)  # (B, N, directions)
        return self.layers(torch.logsumexp(self.sharpness * along, dim=1) / self.sharpness)
