"""The winding number of points with normals as a field, smoothed near the points, and the mesh where it is half."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from torch import Tensor

from occnet.baselines.baseline import Baseline
from occnet.errors import CloudError
from occnet.mesh import Frame, Mesh
from occnet.meshing.extract import extract_mesh

_NEIGHBOURS = 8  # by whose distance the area of a point is told
_CHUNK = 1 << 22  # pairs of points worked on at once


class WindingTrueNormals(Baseline):
    """The winding number of the points with their true normals, cut where it is that of the points themselves."""

    title: ClassVar[str] = "winding field, true normals"
    reads: ClassVar[str] = "points"

    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        return winding_mesh(observation, normals)


def winding_mesh(points: ArrayLike, normals: ArrayLike, *, resolution: int = 128) -> Mesh:
    """The surface around which points with normals wind half a time, as a closed mesh in the points' own coordinates.

    points: (N, 3), spread over a closed surface. normals: (N, 3) outward, of any length. resolution: cells along the edge of
    the padded cube. Raises CloudError for fewer than 4 points or ones without extent, EmptySurface when nothing is enclosed.
    Source: Barill et al., Fast Winding Numbers for Soups and Clouds, 2018, sec. 3; smoothed as Lin et al. 2024 do.
    """
    places, frame = unit_points(points)
    directions = torch.from_numpy(np.asarray(normals, dtype=np.float64).reshape(-1, 3))
    lengths = directions.norm(dim=1, keepdim=True).clamp_min(1e-300)
    areas, width = areas_of(places)
    return level_mesh(places, directions / lengths * areas.unsqueeze(1), width, frame, resolution)


def unit_points(points: ArrayLike) -> tuple[Tensor, Frame]:
    """The points (N, 3) float64 in the unit cube, and the frame that moves them back. Raises CloudError for fewer than 4."""
    rows = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    if len(rows) < 4:
        raise CloudError(f"A winding field needs at least 4 points, but was given {len(rows)}.")
    frame = Frame.of(rows)
    return torch.from_numpy(frame.to_unit(rows)), frame


def areas_of(points: Tensor) -> tuple[Tensor, float]:
    """The area that each point (N, 3) stands for, by how far its neighbours are, and the mean distance of the nearest ones."""
    count = min(_NEIGHBOURS, len(points) - 1)
    distances = torch.from_numpy(KDTree(points.numpy()).query(points.numpy(), count + 1)[0])
    return torch.pi * distances[:, -1].square() / count, float(distances[:, 1].mean())


def winding(queries: Tensor, points: Tensor, weighted: Tensor, width: float) -> Tensor:
    """The winding number at queries (M, 3) of points (N, 3) with normals times areas (N, 3): (M,), 1 inside.

    width: nearer than this, points count as if they were so far away. Lin et al. 2024, eq. 1, after Gauss.
    """
    parts = []
    for some in queries.split(max(1, _CHUNK // len(points))):
        near = inverse_cubes(some, points, width)  # of (y - x) . n / |y - x|^3, which is y . n - x . n
        parts.append(near @ (points * weighted).sum(dim=1) - (some * (near @ weighted)).sum(dim=1))
    return torch.cat(parts) / (4.0 * torch.pi)


def inverse_cubes(queries: Tensor, points: Tensor, width: float) -> Tensor:
    """1 / max(distance, width)^3 for each query (M, 3) and point (N, 3): (M, N)."""
    return torch.cdist(queries, points).clamp_min(width).pow(-3)


def level_mesh(points: Tensor, weighted: Tensor, width: float, frame: Frame, resolution: int) -> Mesh:
    """The mesh of the level that the winding number has at the points, half of what it has inside."""
    level = float(winding(points, points, weighted, width).median())

    def field(queries: Tensor) -> Tensor:
        return (winding(queries.double(), points, weighted, width) - level).float()

    return frame.mesh_to_original(extract_mesh(field, resolution=resolution, seeds=points.float()))
