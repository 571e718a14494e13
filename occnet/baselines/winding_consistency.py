"""Outward normals of points without any, by the winding number alone, and the mesh that they give. Nothing is learned."""

from __future__ import annotations

from typing import ClassVar

import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from occnet.baselines.baseline import Baseline
from occnet.baselines.oriented_winding import inverse_cubes, level_mesh, unit_points
from occnet.mesh import Mesh

STEPS = 40
WIDEST, NARROWEST = 0.1, 0.02  # smoothing at the first and the last step, in edges of the unit cube
MOST_POINTS = 6000  # more are thinned by chance: each step takes the distances of all pairs


class WindingConsistency(Baseline):
    """The winding field of normals that are consistent with its own gradients."""

    title: ClassVar[str] = "winding consistency, no normals"
    reads: ClassVar[str] = "points"

    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        return consistent_mesh(observation)


def consistent_mesh(points: ArrayLike, *, resolution: int = 128) -> Mesh:
    """The surface through points (N, 3) without normals, as a closed mesh in their own coordinates.

    Raises CloudError for fewer than 4 points or ones without extent, EmptySurface when nothing is enclosed.
    """
    places, frame = unit_points(points)
    if len(places) > MOST_POINTS:
        places = places[torch.randperm(len(places), generator=torch.Generator().manual_seed(0))[:MOST_POINTS]]
    return level_mesh(places, consistent_normals(places), NARROWEST, frame, resolution)


def consistent_normals(points: Tensor, steps: int = STEPS) -> Tensor:
    """Outward normals times areas of points (N, 3) float64 in the unit cube, (N, 3).

    Two things are asked of the winding number of the points with the normals that are sought: it is half at each of the points,
    towards which a step of steepest descent goes; and it falls fastest along the normals, so that these are then turned to its
    gradient, keeping their lengths. Smoothing that is wide first settles which side is out, and becomes narrower for detail.

    Source: Lin, Shi, Liu, Fast and Globally Consistent Normal Orientation based on the Winding Number Normal Consistency, 2024;
    the first step is that of Lin et al., Surface Reconstruction from Point Clouds without Normals by Parametrizing the Gauss
    Formula, 2022.
    """
    weighted = torch.zeros_like(points)
    half = torch.full_like(points[:, 0], 0.5)
    for step in range(steps):
        width = NARROWEST + (WIDEST - NARROWEST) * (1.0 - step / max(1, steps - 1))
        near = inverse_cubes(points, points, width) / (4.0 * torch.pi)
        short = half - _numbers(near, points, weighted)
        downhill = _transposed(near, points, short)
        change = _numbers(near, points, downhill)
        weighted = weighted + downhill * (downhill.square().sum() / change.square().sum().clamp_min(1e-30))
        turned = torch.nn.functional.normalize(-_gradients(near, points, weighted, width), dim=1, eps=1e-30)
        weighted = turned * weighted.norm(dim=1, keepdim=True)
    return weighted


def _numbers(near: Tensor, points: Tensor, weighted: Tensor) -> Tensor:
    """Winding numbers at the points themselves: sum over j of near_ij (y_j - y_i) . n_j, (N,)."""
    return near @ (points * weighted).sum(dim=1) - (points * (near @ weighted)).sum(dim=1)


def _transposed(near: Tensor, points: Tensor, values: Tensor) -> Tensor:
    """The transpose of `_numbers` times values (N,): sum over i of near_ij (y_j - y_i) v_i, (N, 3)."""
    return points * (near @ values).unsqueeze(1) - near @ (points * values.unsqueeze(1))


def _gradients(near: Tensor, points: Tensor, weighted: Tensor, width: float) -> Tensor:
    """Gradients of the winding number at the points, (N, 3)."""
    own = (points * weighted).sum(dim=1)
    away = own - points @ weighted.T  # (N, N): (y_j - x_i) . n_j
    distances = (4.0 * torch.pi * near).pow(-1.0 / 3.0)
    steep = 3.0 * near * away / distances.square() * (distances > width * (1.0 + 1e-9))  # within the width nothing falls off
    return steep @ points - points * steep.sum(dim=1, keepdim=True) - near @ weighted
