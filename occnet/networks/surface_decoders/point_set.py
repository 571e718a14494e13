"""A set of points from a code: no connectivity, one layer a coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from occnet.networks.interfaces import SurfaceDecoder
from occnet.networks.layers.exact_linear import ExactLinear
from occnet.networks.surfaces import SurfaceBatch

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class PointSetConfig:
    """How many points, and how wide the layers before them are."""

    points: int = 1024
    hidden_channels: int = 512

    def __post_init__(self) -> None:
        if self.points < 1:
            raise ValueError(f"points must be at least 1, but is {self.points}")


class PointSet(SurfaceDecoder):
    """Code (B, C) -> points, by fully connected layers.

    In the manner of Fan, Su, Guibas, A Point Set Generation Network for 3D Object Reconstruction, 2017 (its plain branch).
    """

    Config = PointSetConfig
    reads = Tensor
    encloses = False
    faces: Tensor

    def __init__(self, config: PointSetConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.layers = nn.Sequential(nn.Linear(code_channels["code"], hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.places = ExactLinear(hidden, 3 * config.points)
        self.register_buffer("faces", torch.zeros(0, 3, dtype=torch.int64), persistent=False)
        nn.init.uniform_(self.places.bias, -0.4, 0.4)  # points of one place have one gradient, and stay together

    def forward(self, code: Float[Tensor, "b c"]) -> list[SurfaceBatch]:
        return [SurfaceBatch(self.places(self.layers(code)).unflatten(1, (-1, 3)), self.faces)]
