"""Gradients of a field, and with them the normals of its surface."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.meshing.evaluation import Evaluation
from occnet.meshing.following import CrossingCells, crossing_edges
from occnet.meshing.vertices import CrossingEdges

DIFFERENCE = 0.05  # of a cell's edge: the step of central differences


def outward_normals(evaluation: Evaluation, positions: Tensor, cell_size: float) -> Tensor:
    """Unit normals of the surface at positions (N, 3) float64, zero where the gradient vanishes or is not finite, (N, 3).

    By automatic differentiation where the field allows it, else by central differences over a twentieth of cell_size.
    """
    parts = []
    for part in positions.split(evaluation.chunk):
        gradient = evaluation.gradients(part)
        parts.append(_differences(evaluation, part, DIFFERENCE * cell_size) if gradient is None else gradient)
    gradient = torch.cat(parts) if parts else torch.empty_like(positions)
    length = gradient.norm(dim=1, keepdim=True)
    usable = length.isfinite() & (length > 0)
    return torch.where(usable, -gradient / length, torch.zeros_like(gradient))


def crossing_normals(cells: CrossingCells, edges: CrossingEdges, evaluation: Evaluation) -> Tensor:
    """Outward unit normals where the surface crosses the edges, (N, 3); on the boundary of the box they leave the box."""
    lattice = cells.lattice
    places, axes, base_inside = crossing_edges(cells)
    direction = torch.nn.functional.one_hot(axes, 3)
    real = lattice.is_real_edge(places, axes).nonzero().squeeze(1)
    normals = torch.where(base_inside[:, None], direction, -direction).double()
    normals[real] = outward_normals(evaluation, edges.positions[real], min(lattice.step))
    return normals


def _differences(evaluation: Evaluation, positions: Tensor, step: float) -> Tensor:
    axes = step * torch.eye(3, dtype=torch.float64, device=positions.device)
    high = evaluation.values((positions[:, None] + axes).reshape(-1, 3)).double()
    low = evaluation.values((positions[:, None] - axes).reshape(-1, 3)).double()
    return ((high - low) / (2.0 * step)).reshape(-1, 3)
