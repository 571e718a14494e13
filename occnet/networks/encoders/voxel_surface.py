"""Voxels as what they show of a surface: the faces between occupied and empty voxels, read like a cloud with normals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from occnet.networks.codes.point_grid_code import PointGridCode
from occnet.networks.encoders.neighbourhood_grid import NeighbourhoodGridConfig, NeighbourhoodGridEncoder
from occnet.observations.voxels import voxel_faces

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class VoxelSurfaceConfig(NeighbourhoodGridConfig):
    """As that of the point-cloud encoder, whose trained weights it can start from."""

    normals: bool = True  # a face knows which side of it is occupied
    voxels: int = 32  # along each edge of the grids that it is trained on


class VoxelSurfaceEncoder(NeighbourhoodGridEncoder):
    """Voxels (B, R, R, R), 1 where occupied, xyz order, over the unit cube -> PointGridCode.

    The centre of each face between an occupied and an empty voxel is a point within half a voxel of the surface, as a rule,
    and its direction a coarse normal. The rest is the point-cloud encoder: what it learned of shapes from scans holds here.
    A grid without such a face (nothing is occupied) becomes a single point in the middle, without a normal.
    """

    reads: ClassVar[str] = "voxels"
    Config = VoxelSurfaceConfig

    def __init__(self, config: VoxelSurfaceConfig) -> None:
        super().__init__(config)
        self.reads_normals, self.observation_size = False, config.voxels  # voxels come without normals

    def forward(self, observation: Float[Tensor, "b r r r"]) -> PointGridCode:
        faces = [torch.cat(voxel_faces(grid), dim=1) for grid in observation]
        counts = [len(rows) for rows in faces]
        filled = [rows[torch.arange(max(counts), device=rows.device) % len(rows)] for rows in faces]  # the shorter ones repeat
        points, normals = torch.stack(filled).split(3, dim=-1)
        return self.encoded(points.contiguous(), normals if self.config.normals else normals[..., :0], counts)
