"""A mesh from a code: a sphere that is moved vertex by vertex, coarse to fine. Its topology stays that of the sphere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import SurfaceDecoder
from occnet.networks.layers.exact_linear import ExactLinear
from occnet.networks.layers.icosphere import icosahedron, neighbour_mean, subdivided, with_middles
from occnet.networks.surfaces import SurfaceBatch, edges_of

if TYPE_CHECKING:
    from jaxtyping import Float

_RADIUS = 0.3  # of the sphere that is begun with


@dataclass(frozen=True)
class TemplateMeshConfig:
    """How fine the sphere is, and how wide the layers that move it."""

    subdivisions: int = 2  # of an icosahedron, for the coarsest mesh: 162 vertices
    stages: int = 3  # each moves the vertices, and has four times the faces of the one before: 162, 642, 2,562 vertices
    hidden_channels: int = 96
    blocks: int = 2  # of each stage

    def __post_init__(self) -> None:
        if self.stages < 1 or not 0 <= self.subdivisions <= 6 or self.subdivisions + self.stages > 7:
            raise ValueError(f"subdivisions {self.subdivisions} and stages {self.stages} are not of one sphere of use")


class TemplateMesh(SurfaceDecoder):
    """Code (B, C) -> a deformed sphere, by residual convolutions along its edges.

    In the manner of Wang et al., Pixel2Mesh, 2018; but told the code alone, as its rivals are, not features of pixels.
    """

    Config = TemplateMeshConfig
    reads = Tensor
    encloses = True

    def __init__(self, config: TemplateMeshConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        vertices, faces = icosahedron()
        for _ in range(config.subdivisions):
            faces, ends = subdivided(faces, len(vertices))
            vertices = F.normalize(with_middles(vertices, ends), dim=1)
        self.register_buffer("sphere", _RADIUS * vertices, persistent=False)
        count = len(vertices)
        for stage in range(config.stages):
            if stage:
                faces, ends = subdivided(faces, count)
                count += len(ends)
                self.register_buffer(f"ends_{stage}", ends, persistent=False)
            self.register_buffer(f"faces_{stage}", faces, persistent=False)
            self.register_buffer(f"edges_{stage}", edges_of(faces), persistent=False)
        hidden = config.hidden_channels
        self.code_layer = nn.Linear(code_channels["code"], hidden)
        self.stages = nn.ModuleList(_Stage(hidden, config.blocks, first=not stage) for stage in range(config.stages))

    def forward(self, code: Float[Tensor, "b c"]) -> list[SurfaceBatch]:
        places = self.get_buffer("sphere").expand(len(code), -1, -1)
        of_code, features = self.code_layer(code).unsqueeze(1), None
        answers = []
        for number, stage in enumerate(self.stages):
            if features is not None:
                ends = self.get_buffer(f"ends_{number}")
                places, features = with_middles(places, ends), with_middles(features, ends)
            places, features = stage(places, features, of_code, self.get_buffer(f"edges_{number}"))
            answers.append(SurfaceBatch(places, self.get_buffer(f"faces_{number}")))
        return answers


class _Stage(nn.Module):
    """Moves vertices (B, V, 3) by what is known at them, and hands that on."""

    def __init__(self, hidden: int, blocks: int, first: bool) -> None:
        super().__init__()
        self.place_layer = nn.Linear(3, hidden)
        self.before = None if first else nn.Linear(hidden, hidden)
        self.own = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(blocks))
        self.around = nn.ModuleList(nn.Linear(hidden, hidden, bias=False) for _ in range(blocks))
        self.move = ExactLinear(hidden, 3)
        nn.init.normal_(self.move.weight, std=1e-3)
        nn.init.zeros_(self.move.bias)

    def forward(self, places: Tensor, features: Tensor | None, of_code: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
        known = self.place_layer(places) + of_code
        if features is not None and self.before is not None:
            known = known + self.before(features)
        for own, around in zip(self.own, self.around, strict=True):
            active = F.relu(known)
            known = known + own(active) + around(neighbour_mean(active, edges))
        return places + self.move(F.relu(known)), known
