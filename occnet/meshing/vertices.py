"""Where the surface crosses an edge: root finding on all crossing edges at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.meshing.evaluation import Evaluation
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.meshing.following import CrossingCells, crossing_edges
from occnet.meshing.roots import find_roots

MARGIN = 5e-7  # of the longest edge: vertices keep this from corners, so that they stay apart in float32 files too


@dataclass(frozen=True, eq=False)
class CrossingEdges:
    """Each crossing edge once, in the order of keys and axes.

    positions: (N, 3) float64, where the surface crosses it. keys: (N,) int64 sorted, 3 * lower corner + axis.
    """

    positions: Tensor
    keys: Tensor


def place_vertices(cells: CrossingCells, evaluation: Evaluation, options: ExtractionOptions) -> CrossingEdges:
    """The crossings of the surface with the edges of the cells, found by root finding; one for each crossing edge."""
    places, axes, _ = crossing_edges(cells)
    positions = torch.empty(places.shape, dtype=torch.float64, device=places.device)
    for rows in torch.arange(len(places), device=places.device).split(cells.table.portion):
        positions[rows] = _crossings(cells, places[rows], axes[rows], evaluation, options)
    return CrossingEdges(positions, cells.lattice.keys(places) * 3 + axes)


def _crossings(
    cells: CrossingCells, places: Tensor, axes: Tensor, evaluation: Evaluation, options: ExtractionOptions
) -> Tensor:
    lattice, device = cells.lattice, places.device
    keys = lattice.keys(places)
    low = cells.table.lookup(keys).double()
    high = cells.table.lookup(keys + lattice.axis_offsets(device)[axes]).double()
    direction = torch.nn.functional.one_hot(axes, 3)
    lengths = torch.tensor(lattice.step, dtype=torch.float64, device=device)[axes] / lattice.longest

    # On the boundary of the box the surface stays by the corner inside, flat; elsewhere the field says where it is.
    t = (low <= 0).double()
    real = lattice.is_real_edge(places, axes).nonzero().squeeze(1)
    start, toward = places[real].double(), direction[real].double()
    t[real] = find_roots(
        lambda at, rows: evaluation.values(lattice.positions(start[rows] + at[:, None] * toward[rows])).double(),
        low[real],
        high[real],
        options.vertex_steps,
        options.vertex_tolerance / lengths[real],
    )
    margins = (MARGIN / lengths).clamp(max=0.25)
    return lattice.positions(places + t.maximum(margins).minimum(1.0 - margins)[:, None] * direction)
