"""Which cells the surface crosses: found on a coarse grid, halved towards the finest lattice, followed until it closes.

The paper's multiresolution extraction (MISE, section 3.3) evaluates every corner of the children of each crossing cell. Here
each crossing *edge* is halved by one evaluation, which tells exactly which half the surface crosses. The cells around that half
are crossing for certain, and the rest of the surface is reached from them through faces whose corners differ in sign. No corner
is evaluated that is not a corner of a crossing cell, but for those of the coarser levels, and the result is closed: when
nothing is left to follow, every face with both signs has a crossing cell on either side.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from occnet.errors import EmptySurface
from occnet.meshing.corners import CornerTable, cell_corners
from occnet.meshing.evaluation import Evaluation
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.meshing.following import CrossingCells, crossing_edges, follow, follow_seeds
from occnet.meshing.lattice import Lattice, start_stride
from occnet.meshing.memory_limit import MemoryBudget
from occnet.meshing.sorted_keys import union

START_CELLS = 32  # along the longest edge of the starting grid; it costs a seventh of the minimum at resolution 256
START_CELLS_WITH_SEEDS = 16  # what it misses near the input, the seeds find


def find_crossing_cells(
    finest: Lattice,
    evaluation: Evaluation,
    options: ExtractionOptions,
    seeds: Tensor | None,
    memory: MemoryBudget,
) -> CrossingCells:
    """All crossing cells of the finest lattice that the starting grid or the seeds lead to.

    seeds: (N, 3) float64 points on the surface on the device that keeps the keys, or None.
    Raises EmptySurface when the field has one sign at every point evaluated, ExtractionTooLarge by the memory budget.
    """
    start_cells = options.start_cells or (START_CELLS if seeds is None else START_CELLS_WITH_SEEDS)
    stride = start_stride(finest, start_cells, options.min_feature)
    portion = memory.portion(options.portion)
    with evaluation.timed("start grid"):
        table = CornerTable(finest.at(stride), evaluation, portion)
        evaluation.report.phase("start grid", 0.05, math.prod(table.lattice.corners))
        cells = follow(table, crossing_start_cells(table))
    while stride > 1:
        if seeds is None:
            _check_not_empty(cells)
        factor = min(options.jump, stride)
        stride //= factor
        if stride == 1:
            memory.require(len(cells.keys) * factor**2, portion)
        evaluation.report.phase(f"stride {stride}", 0.05 + 0.55 / stride, len(cells.table.keys) * factor**2)
        with evaluation.timed(f"stride {stride}"):
            cells = subdivided(cells, stride)
            if seeds is not None:
                cells = follow_seeds(cells, seeds, options.seed_noise)
    _check_not_empty(cells)
    return cells


def _check_not_empty(cells: CrossingCells) -> None:
    values = cells.table.values
    side = "outside" if not len(cells.keys) else "inside"
    if side == "inside":
        if bool(((values <= 0) & values.isfinite()).any()):
            return
        values = values[cells.lattice.is_real(cells.lattice.places(cells.table.keys))]
    if side == "outside" or bool((values > 0).all()):
        raise EmptySurface(
            f"The field has no surface inside the bounds: every point evaluated lies {side};"
            " check threshold and bounds, or give seeds or options.min_feature if its parts are small."
        )


def crossing_start_cells(table: CornerTable) -> Tensor:
    """Keys of the crossing cells of a lattice, sorted; evaluates every corner, a few layers at once, and keeps those needed."""
    lattice, device = table.lattice, table.keys.device
    width, height, depth = lattice.shape
    layers = max(1, table.portion // (width * height))
    plane = torch.arange(width * height, device=device)
    above = torch.full((1, height, width), -torch.inf, device=device)
    result = []
    for first in range(1, depth, layers):  # layer 0 is the outer one
        count = min(layers, depth - first)
        keys = (torch.arange(first, first + count, device=device)[:, None] * (width * height) + plane).reshape(-1)
        values = torch.cat([above, table.evaluate(keys).reshape(count, height, width)])
        inside = values > 0
        some, every = inside.clone(), inside.clone()
        for axis in range(3):  # any and all over the eight corners, one axis after the other
            size = some.shape[axis] - 1
            low, high = some.narrow(axis, 0, size), some.narrow(axis, 1, size)
            some = low | high
            every = every.narrow(axis, 0, size) & every.narrow(axis, 1, size)
        z, y, x = (some & ~every).nonzero().unbind(dim=1)
        cells = x + width * (y + height * (z + first - 1))
        corners = cell_corners(lattice, cells)
        corners = table.missing(corners)
        slots = corners - (first - 1) * width * height
        table.insert(corners, values.reshape(-1)[slots])
        result.append(cells)
        above = values[-1:]
    return torch.cat(result)


def subdivided(cells: CrossingCells, stride: int) -> CrossingCells:
    """The crossing cells of a finer level that share a crossing edge, or are joined to one that does."""
    table = cells.table
    places, axes, base_inside = crossing_edges(cells)
    while table.lattice.stride > stride:
        table = table.halved()
        places = _crossing_halves(table, places * 2, axes, base_inside)
    return follow(table, _cells_around(table.lattice, places, axes))


def _crossing_halves(table: CornerTable, places: Tensor, axes: Tensor, base_inside: Tensor) -> Tensor:
    """Lower ends of the crossing halves of edges, which begin at places and are two corners long on the table's lattice."""
    middle = places.clone()
    middle[torch.arange(len(places), device=places.device), axes] += 1
    middle = middle.clamp(max=torch.tensor(table.lattice.corners, device=places.device))  # what lies farther out is outside
    keys = table.lattice.keys(middle)
    table.require(union([keys[axes == axis] for axis in range(3)]))
    return torch.where(((table.lookup(keys) > 0) == base_inside)[:, None], middle, places)


def _cells_around(lattice: Lattice, places: Tensor, axes: Tensor) -> Tensor:
    """Keys of the four cells around each edge, sorted and unique."""
    keys = lattice.keys(places)
    steps = lattice.axis_offsets(places.device)
    runs = []
    for axis in range(3):
        along, second, third = keys[axes == axis], steps[(axis + 1) % 3], steps[(axis + 2) % 3]
        runs += [along, along - second, along - third, along - second - third]
    return union(runs)
