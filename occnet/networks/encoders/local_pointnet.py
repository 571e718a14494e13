"""The point-cloud encoder of the 2020 paper: a PointNet that pools within cells, onto planes and grids with U-Nets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from occnet.networks.codes.local_code import LocalCode
from occnet.networks.encoders.plane_unets import LocalCodeConfig, LocalFeatures
from occnet.networks.interfaces import Encoder
from occnet.networks.layers.planes import pooled_in_cells
from occnet.networks.layers.residual import ResidualBlock

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class LocalPointNetConfig(LocalCodeConfig):
    """How large the local PointNet is; the defaults are the published three planes."""

    hidden_channels: int = 32  # width of the blocks over points
    blocks: int = 5  # residual blocks over points
    relative: bool = False  # points enter as their place in the cell: fully convolutional, for scenes in crops


class LocalPointNet(Encoder):
    """Points (B, N, 3) -> LocalCode.

    Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.1: one plane, three planes, a grid or any of them
    together. After each block but the last, the maximum over the points in the same cell is appended to each point's
    feature, summed over planes and grids. With relative coordinates nothing depends on the absolute position (sec. 3.4).
    """

    reads: ClassVar[str] = "points"
    code_kind: ClassVar[type] = LocalCode
    Config = LocalPointNetConfig

    def __init__(self, config: LocalPointNetConfig) -> None:
        super().__init__()
        hidden, width = config.hidden_channels, config.code_channels
        self.config = config
        self.code_channels = {"features": width}
        self.layout = config.layout(centred=config.relative)
        self.fc_pos = nn.Linear(3, 2 * hidden)
        self.blocks = nn.ModuleList(ResidualBlock(2 * hidden, hidden) for _ in range(config.blocks))
        self.fc_c = nn.Linear(hidden, width)
        self.spread = LocalFeatures(config, self.layout)

    def forward(self, points: Float[Tensor, "b n 3"]) -> LocalCode:
        kinds = self.layout.kinds
        cells, totals = [self.layout.cell_of(points, kind) for kind in kinds], [self.layout.cells(kind) for kind in kinds]
        features = self.fc_pos(self.layout.places(points) if self.config.relative else points)
        first, *others = self.blocks
        features = first(features)
        for block in others:
            features = block(torch.cat([features, pooled_in_cells(features, cells, totals)], dim=-1))
        return self.spread(self.fc_c(features), points)
