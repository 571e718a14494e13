"""The loss of decoders that draw surfaces: how far these are from the true one, and how rough they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from occnet.networks.interfaces import Loss, TrainingSamples
from occnet.networks.layers.icosphere import neighbour_mean
from occnet.networks.surface_network import SurfaceNetwork
from occnet.networks.surfaces import SurfaceBatch, edges_of, nearest, taken

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class SurfaceDistanceConfig:
    """What is asked of a surface. Lengths are in unit-cube edges; the last three mean nothing to sets of points."""

    points: int = 1024  # of either surface that are compared
    normal_weight: float = 0.0  # of 1 - |cosine| between normals at nearest points
    edge_weight: float = 0.0  # of the mean squared length of edges
    laplacian_weight: float = 0.0  # of the mean squared distance of vertices from the mean of their neighbours

    def __post_init__(self) -> None:
        if self.points < 1 or min(self.normal_weight, self.edge_weight, self.laplacian_weight) < 0.0:
            raise ValueError("points must be at least 1, and the weights at least 0")


class SurfaceDistance(Loss):
    """The Chamfer distance of squared lengths between points of both surfaces, with terms for smooth meshes; of every stage.

    Fan, Su, Guibas, A Point Set Generation Network, 2017, eq. 1; for meshes Wang et al., Pixel2Mesh, 2018, sec. 3.4.
    """

    Config = SurfaceDistanceConfig
    of_surfaces = True

    def __init__(self, config: SurfaceDistanceConfig) -> None:
        super().__init__(config)
        self.surface_points = config.points

    def __call__(self, network: SurfaceNetwork, samples: TrainingSamples) -> Float[Tensor, ""]:
        assert samples.surface is not None
        true, directions = samples.surface.float().split(3, dim=-1)
        stages = network.surfaces(samples.observation)
        return torch.stack([self._of_stage(stage, true, directions) for stage in stages]).sum()

    def _of_stage(self, surface: SurfaceBatch, true: Tensor, directions: Tensor) -> Tensor:
        config: SurfaceDistanceConfig = self.config
        points, normals = surface.sampled(config.points)
        to_true, to_drawn = nearest(points, true), nearest(true, points)
        loss = _squared(points - taken(true, to_true)) + _squared(true - taken(points, to_drawn))
        if normals is None:
            return loss
        if config.normal_weight:
            cosines = (normals * taken(directions, to_true)).sum(dim=-1).abs()
            back = (taken(normals, to_drawn) * directions).sum(dim=-1).abs()
            loss = loss + config.normal_weight * (2.0 - cosines.mean() - back.mean())
        if config.edge_weight or config.laplacian_weight:
            edges, vertices = edges_of(surface.faces), surface.vertices
            loss = loss + config.edge_weight * _squared(vertices[:, edges[:, 0]] - vertices[:, edges[:, 1]])
            loss = loss + config.laplacian_weight * _squared(vertices - neighbour_mean(vertices, edges))
        return loss


def _squared(differences: Tensor) -> Tensor:
    """The mean squared length of vectors (..., 3)."""
    return differences.square().sum(dim=-1).mean()
