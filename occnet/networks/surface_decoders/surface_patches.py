"""Patches of a surface from a code: squares that a network of their own bends into place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import SurfaceDecoder
from occnet.networks.surfaces import SurfaceBatch

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class SurfacePatchesConfig:
    """How many patches, and how each is made."""

    patches: int = 16
    points: int = 9  # of a patch along each edge
    hidden_channels: int = 128

    def __post_init__(self) -> None:
        if self.patches < 1 or self.points < 2:
            raise ValueError(f"patches must be at least 1 and points at least 2, but are {self.patches} and {self.points}")


class SurfacePatches(SurfaceDecoder):
    """Code (B, C) -> patches of a surface, a network each: (place in the unit square, code) -> place in space.

    In the manner of Groueix et al., A Papier-Mache Approach to Learning 3D Surface Generation (AtlasNet), 2018.
    """

    Config = SurfacePatchesConfig
    reads = Tensor
    encloses = False
    square: Tensor
    faces: Tensor

    def __init__(self, config: SurfacePatchesConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        count, hidden = config.patches, config.hidden_channels
        self.code_layer = nn.Linear(code_channels["code"], count * hidden)
        self.square_layer = nn.Parameter(torch.randn(count, 2, hidden))
        self.middle_layers = nn.ParameterList(torch.randn(count, hidden, hidden) * (2.0 / hidden) ** 0.5 for _ in range(2))
        self.last_layer = nn.Parameter(torch.randn(count, hidden, 3) * 0.5 / hidden**0.5)
        self.last_bias = nn.Parameter(0.2 * torch.randn(count, 1, 3))  # patches begin in places of their own
        axis = torch.linspace(-1.0, 1.0, config.points)
        self.register_buffer("square", torch.cartesian_prod(axis, axis), persistent=False)
        faces = _square_faces(config.points)
        starts = torch.arange(count).view(-1, 1, 1) * config.points**2
        self.register_buffer("faces", (faces + starts).flatten(0, 1), persistent=False)

    def forward(self, code: Float[Tensor, "b c"]) -> list[SurfaceBatch]:
        of_code = self.code_layer(code).unflatten(1, (len(self.square_layer), 1, -1))  # (B, K, 1, H)
        features = F.relu(self.square @ self.square_layer + of_code)
        for layer in self.middle_layers:
            features = F.relu(features @ layer)
        with torch.autocast(code.device.type, enabled=False):  # coordinates; see ExactLinear
            places = features.float() @ self.last_layer + self.last_bias
        return [SurfaceBatch(places.flatten(1, 2), self.faces)]


def _square_faces(points: int) -> Tensor:
    """The triangles (2 (n - 1)^2, 3) of a square grid of n x n points."""
    corner = torch.arange(points * (points - 1)).view(points - 1, points)[:, :-1].reshape(-1)
    right, below = corner + 1, corner + points
    return torch.cat([torch.stack([corner, right, below], dim=1), torch.stack([right, below + 1, below], dim=1)])
