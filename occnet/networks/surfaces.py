"""Surfaces of a batch of shapes, as networks draw them: triangles, or points alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.mesh import Mesh


@dataclass(frozen=True, eq=False)
class SurfaceBatch:
    """B surfaces of one connectivity in the unit cube; without faces they are sets of points."""

    vertices: Tensor  # (B, V, 3)
    faces: Tensor  # (F, 3) int64, counter-clockwise seen from outside where they have one

    def sampled(self, count: int) -> tuple[Tensor, Tensor | None]:
        """Points (B, count, 3), uniform by area, and the unit normals there (B, count, 3), both with gradients.

        Sets of points are what they are, whatever the count, and have no normals. Draws with torch's random numbers.
        """
        if not len(self.faces):
            return self.vertices, None
        a, b, c = (self.vertices[:, corner] for corner in self.faces.T)  # each (B, F, 3)
        normals = torch.linalg.cross(b - a, c - a)
        with torch.no_grad():
            chosen = torch.multinomial(normals.norm(dim=-1) + 1e-12, count, replacement=True)  # (B, count)
            first, second = torch.rand(2, *chosen.shape, 1, device=chosen.device)
            folded = first + second > 1.0  # the other half of the parallelogram, folded back onto the triangle
            first, second = torch.where(folded, 1.0 - first, first), torch.where(folded, 1.0 - second, second)
        rows = torch.arange(len(chosen), device=chosen.device).unsqueeze(1)
        a, b, c = a[rows, chosen], b[rows, chosen], c[rows, chosen]
        return a + first * (b - a) + second * (c - a), torch.nn.functional.normalize(normals[rows, chosen], dim=-1, eps=1e-12)

    def mesh(self, row: int = 0) -> Mesh:
        """One of the surfaces; a set of points is a mesh without faces."""
        return Mesh(self.vertices[row].detach().cpu().double().numpy(), self.faces.cpu().numpy())


def edges_of(faces: Tensor) -> Tensor:
    """The edges of triangles (F, 3), each once: (E, 2) int64, the smaller vertex first."""
    ends = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return torch.unique(ends.sort(dim=1).values, dim=0)


def nearest(points: Tensor, others: Tensor) -> Tensor:
    """For each of the points (B, N, 3) the number of the nearest of the others (B, M, 3): (B, N) int64."""
    with torch.no_grad():
        return torch.cdist(points.float(), others.float()).argmin(dim=2)


def taken(values: Tensor, numbers: Tensor) -> Tensor:
    """The rows of values (B, M, C) with these numbers (B, N): (B, N, C)."""
    return values.gather(1, numbers.unsqueeze(-1).expand(-1, -1, values.shape[-1]))


def f_scores(points: Tensor, true: Tensor, threshold: float) -> Tensor:
    """The F-score of each of B sets of points (B, N, 3) for true ones (B, M, 3): harmonic mean of the shares within reach."""
    distances = torch.cdist(points.float(), true.float())
    precision = (distances.amin(dim=2) <= threshold).float().mean(dim=1)
    recall = (distances.amin(dim=1) <= threshold).float().mean(dim=1)
    return 2.0 * precision * recall / (precision + recall).clamp_min(1e-12)
