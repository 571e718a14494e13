"""Where the surface crosses an edge: root finding on all crossing edges at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.meshing.evaluation import Evaluation
from occnet.meshing.octree import CrossingCells, crossing_edges
from occnet.meshing.options import ExtractionOptions
from occnet.meshing.roots import find_roots, interpolate

MARGIN = 5e-7  # of the longest edge: vertices keep this from corners, so that they stay apart in float32 files too


@dataclass(frozen=True, eq=False)
class CrossingEdges:
    """Each crossing edge once, in the order of keys and axes.

    positions: (N, 3) float64, where the surface crosses it. keys: (N,) int64 sorted, 3 * lower corner + axis.
    """

    positions: Tensor
    keys: Tensor


def place_vertices(cells: CrossingCells, evaluation: Evaluation, options: ExtractionOptions) -> CrossingEdges:
    """The vertices of the surface: one on each crossing edge."""
    lattice = cells.lattice
    places, axes, _ = crossing_edges(cells)
    keys = lattice.keys(places)
    positions = torch.empty(places.shape, dtype=torch.float64, device=places.device)
    for rows in torch.arange(len(keys), device=keys.device).split(options.block):
        positions[rows] = _crossings(cells, places[rows], axes[rows], evaluation, options)
    return CrossingEdges(positions, keys * 3 + axes)


def _crossings(
    cells: CrossingCells, places: Tensor, axes: Tensor, evaluation: Evaluation, options: ExtractionOptions
) -> Tensor:
    lattice = cells.lattice
    device = places.device
    keys = lattice.keys(places)
    low = cells.table.lookup(keys).double()
    high = cells.table.lookup(keys + lattice.axis_offsets(device)[axes]).double()
    step = torch.tensor(lattice.step, dtype=torch.float64, device=device)
    direction = torch.nn.functional.one_hot(axes, 3).double()
    start, lengths = places.double(), step[axes]
    longest = max(count * size for count, size in zip(lattice.cells, lattice.step, strict=True))
    margins = (MARGIN * longest / lengths).clamp(max=0.25)
    origin = torch.tensor(lattice.low, dtype=torch.float64, device=device)

    def position(t: Tensor, rows: Tensor) -> Tensor:
        return origin + step * (start[rows] + t[:, None] * direction[rows])

    t = interpolate(torch.zeros_like(low), torch.ones_like(low), low, high)
    real = lattice.is_real(places) & lattice.is_real(places + direction.long())
    rows = real.nonzero().squeeze(1)
    if options.vertex_steps and len(rows):
        tolerance = options.vertex_tolerance * longest / lengths[rows]
        t[rows] = find_roots(
            lambda values, part: evaluation.values(position(values, rows[part])).double(),
            low[rows],
            high[rows],
            options.vertex_steps,
            tolerance,
        )
    # On the boundary of the box, the surface stays at the corner inside: a margin beyond it, and flat.
    t = torch.where(real, t, (low <= 0).double())
    t = t.maximum(margins).minimum(1.0 - margins)
    return position(t, torch.arange(len(t), device=device))
