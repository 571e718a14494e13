"""The point-cloud encoders of the 2019 paper: a PointNet, plain or residual, with a pooled summary after each layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Encoder
from occnet.networks.layers.residual import ResidualBlock

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class PointNetConfig:
    """How large the PointNet is; the defaults are those of the published code."""

    code_channels: int = 128  # length of the code
    hidden_channels: int = 128  # width of the layers
    layers: int = 4  # linear layers between the first and the code


class PointNet(Encoder):
    """Points (B, N, 3) -> one code vector a cloud, (B, C).

    After each layer but the last, the maximum over all points is appended to each point's feature.
    The published code's "pointnet_simple"; PointNet (Qi et al. 2017) with a summary after each layer.
    """

    reads: ClassVar[str] = "points"
    code_kind: ClassVar[type] = Tensor
    Config = PointNetConfig

    def __init__(self, config: PointNetConfig) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.code_channels = {"code": config.code_channels}
        self.fc_pos = nn.Linear(3, 2 * hidden)
        self.layers = nn.ModuleList(nn.Linear(2 * hidden, hidden) for _ in range(config.layers))
        self.fc_c = nn.Linear(hidden, config.code_channels)

    def forward(self, points: Float[Tensor, "b n 3"]) -> Float[Tensor, "b c"]:
        first, *others = self.layers
        features = first(F.relu(self.fc_pos(points)))  # (B, N, H)
        for layer in others:
            assert isinstance(layer, nn.Linear)
            # the pooled half of the concatenation is the same for all points: one product a cloud
            own, shared = layer.weight.split(features.shape[-1], dim=1)
            pooled = features.amax(dim=1, keepdim=True)
            features = F.linear(F.relu(features), own) + F.linear(F.relu(pooled), shared, layer.bias)
        return self.fc_c(F.relu(features.amax(dim=1)))


@dataclass(frozen=True)
class ResidualPointNetConfig:
    """How large the residual PointNet is; the defaults are the paper's."""

    code_channels: int = 512  # length of the code
    hidden_channels: int = 512  # width of the blocks
    blocks: int = 5  # residual blocks


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

    def forward(self, points: Float[Tensor, "b n 3"]) -> Float[Tensor, "b c"]:
        first, *others = [block for block in self.blocks if isinstance(block, ResidualBlock)]
        features = first.after(self.fc_pos, points)  # (B, N, H)
        for block in others:
            features = _with_pooled(block, features)
        return self.fc_c(F.relu(features.max(dim=1).values))


def _with_pooled(block: ResidualBlock, x: Tensor) -> Tensor:
    """The block over each point's feature with its cloud's maximum appended, (B, N, H) -> (B, N, outputs).

    Equal to `block(cat([x, pooled]))`, but for the pooled half of each product, which is done once a cloud.
    """
    assert block.shortcut is not None
    (own_0, shared_0), (own, shared) = (layer.weight.split(x.shape[-1], dim=1) for layer in (block.fc_0, block.shortcut))
    pooled = x.max(dim=1, keepdim=True).values  # not amax, whose gradient is spread over ties and takes longer
    hidden = F.linear(F.relu(x), own_0) + F.linear(F.relu(pooled), shared_0, block.fc_0.bias)
    return F.linear(x, own) + F.linear(pooled, shared) + block.fc_1(F.relu(hidden))
