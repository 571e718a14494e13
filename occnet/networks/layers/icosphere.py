"""A sphere of triangles in steps, each with its triangles in four; and the mean over a vertex' neighbours."""

from __future__ import annotations

import torch
import trimesh
from torch import Tensor


def icosahedron() -> tuple[Tensor, Tensor]:
    """Its vertices (12, 3) at length 1, and its faces (20, 3), which wind outward."""
    solid = trimesh.creation.icosahedron()
    vertices = torch.from_numpy(solid.vertices.copy()).float()
    return vertices / vertices.norm(dim=1, keepdim=True), torch.from_numpy(solid.faces.copy()).long()


def subdivided(faces: Tensor, vertices: int) -> tuple[Tensor, Tensor]:
    """Faces (4 F, 3) of a mesh with a new vertex in the middle of each edge, numbered behind the old ones; its ends (E, 2)."""
    sides = torch.stack([faces, faces.roll(-1, dims=1)], dim=2).sort(dim=2).values  # (F, 3, 2)
    ends, number = torch.unique(sides.flatten(0, 1), dim=0, return_inverse=True)
    middle = number.view(-1, 3) + vertices  # of the edges 0-1, 1-2, 2-0
    (a, b, c), (ab, bc, ca) = faces.T, middle.T
    parts = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    return torch.cat([torch.stack(part, dim=1) for part in parts]), ends


def with_middles(values: Tensor, ends: Tensor) -> Tensor:
    """Values (..., V, C) at the vertices, and their means at the middles of edges with these ends (E, 2): (..., V + E, C)."""
    return torch.cat([values, values[..., ends, :].mean(dim=-2)], dim=-2)


def neighbour_mean(values: Tensor, edges: Tensor) -> Tensor:
    """The mean of the values (B, V, C) of each vertex' neighbours along edges (E, 2)."""
    there, back = edges.T
    total = torch.zeros_like(values)
    total = total.index_add(1, there, values[:, back]).index_add(1, back, values[:, there])
    return total / torch.bincount(edges.flatten(), minlength=values.shape[1]).clamp_min(1).to(values).unsqueeze(-1)
