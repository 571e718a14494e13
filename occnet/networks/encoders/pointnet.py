"""The point-cloud encoder of the 2019 paper: a residual PointNet with a pooled summary after each block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Encoder


@dataclass(frozen=True)
class ResidualPointNetConfig:
    """How large the residual PointNet is; the defaults are the paper's."""

    code_channels: int = 512  # length of the code
    hidden_channels: int = 512  # width of the blocks
    blocks: int = 5  # residual blocks


class ResidualBlock(nn.Module):
    """Two pre-activated linear layers and a shortcut, which is linear without bias where the width changes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        hidden = min(inputs, outputs)
        self.fc_0, self.fc_1 = nn.Linear(inputs, hidden), nn.Linear(hidden, outputs)
        self.shortcut = nn.Linear(inputs, outputs, bias=False) if inputs != outputs else None
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return shortcut + self.fc_1(F.relu(self.fc_0(F.relu(x))))


class ResidualPointNet(Encoder):
    """Points (B, N, 3) -> one code vector a cloud, (B, C).

    After each block but the last, the maximum over all points is appended to each point's feature.
    Occupancy Networks (Mescheder et al. 2019), supplementary sec. 1, "point cloud encoder".
    """

    reads: ClassVar[str] = "points"
    code_kind: ClassVar[type] = Tensor
    Config = ResidualPointNetConfig

    def __init__(self, config: ResidualPointNetConfig) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.code_channels = {"code": config.code_channels}
        self.fc_pos = nn.Linear(3, 2 * hidden)
        self.blocks = nn.ModuleList(ResidualBlock(2 * hidden, hidden) for _ in range(config.blocks))
        self.fc_c = nn.Linear(hidden, config.code_channels)

    def forward(self, points: Tensor) -> Tensor:
        features = self.fc_pos(points)  # (B, N, 2H)
        for number, block in enumerate(self.blocks):
            if number:
                pooled = features.amax(dim=1, keepdim=True).expand_as(features)
                features = torch.cat([features, pooled], dim=-1)
            features = block(features)  # (B, N, H)
        return self.fc_c(F.relu(features.amax(dim=1)))
