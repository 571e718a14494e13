"""Which cells the surface crosses: found on a coarse grid, halved towards the finest lattice, followed until it closes.

The paper's multiresolution extraction (MISE, section 3.3) evaluates every corner of the children of each crossing cell. Here
each crossing *edge* is halved by one evaluation, which tells exactly which half the surface crosses. The cells around that half
are crossing for certain, and the rest of the surface is reached from them through faces whose corners differ in sign. No corner
is evaluated that is not a corner of a crossing cell, but for those of the coarser levels, and the result is closed: when
nothing is left to follow, every face with both signs has a crossing cell on either side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.errors import EmptySurface
from occnet.meshing.evaluation import Evaluation
from occnet.meshing.lattice import Lattice, start_stride
from occnet.meshing.options import ExtractionOptions
from occnet.meshing.table import FACES, case_table


class CornerTable:
    """Values at the corners of one level: sorted keys (N,) int64, values (N,) float32, exact (N,) bool."""

    def __init__(self, lattice: Lattice, evaluation: Evaluation, device: torch.device) -> None:
        self.lattice = lattice
        self.evaluation = evaluation
        self.keys = torch.empty(0, dtype=torch.int64, device=device)
        self.values = torch.empty(0, dtype=torch.float32, device=device)
        self.exact = torch.empty(0, dtype=torch.bool, device=device)

    def insert(self, keys: Tensor, values: Tensor, exact: Tensor) -> None:
        """Add corners that are not in the table yet; keys need not be sorted."""
        self.keys, order = torch.sort(torch.cat([self.keys, keys]))
        self.values = torch.cat([self.values, values])[order]
        self.exact = torch.cat([self.exact, exact])[order]

    def evaluate(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Values at corners, and whether each is exact; the outer layer is outside and costs nothing."""
        values = torch.full(keys.shape, -torch.inf, dtype=torch.float32, device=keys.device)
        exact = torch.ones(keys.shape, dtype=torch.bool, device=keys.device)
        places = self.lattice.places(keys)
        real = self.lattice.is_real(places).nonzero().squeeze(1)
        positions = self.lattice.positions(places[real])
        if self.lattice.stride > 1:
            values[real], exact[real] = self.evaluation.coarse_values(positions)
        else:
            values[real] = self.evaluation.values(positions)
        return values, exact

    def require(self, keys: Tensor) -> None:
        """Evaluate those of the corners, sorted and unique, that are not in the table yet."""
        missing = keys[~contains(self.keys, keys)]
        if len(missing):
            self.insert(missing, *self.evaluate(missing))

    def lookup(self, keys: Tensor) -> Tensor:
        """Values at corners that are in the table, of the same shape as keys."""
        return self.values[torch.searchsorted(self.keys, keys)]

    def halved(self) -> CornerTable:
        """The same corners on the lattice with cells half as large; the finest keeps exact values only."""
        finer = CornerTable(self.lattice.at(self.lattice.stride // 2), self.evaluation, self.keys.device)
        places = self.lattice.places(self.keys)
        kept = self.lattice.is_real(places)
        if finer.lattice.stride == 1:
            kept &= self.exact
        finer.insert(finer.lattice.keys(places[kept] * 2), self.values[kept], self.exact[kept])
        return finer


@dataclass(frozen=True, eq=False)
class CrossingCells:
    """All cells that the surface crosses on one level: sorted keys (N,) int64, their cases (N,) int64, and the corners."""

    keys: Tensor
    cases: Tensor
    table: CornerTable

    @property
    def lattice(self) -> Lattice:
        return self.table.lattice


def contains(sorted_keys: Tensor, keys: Tensor) -> Tensor:
    """Whether each key is among the sorted keys, of the same shape as keys."""
    if not len(sorted_keys):
        return torch.zeros(keys.shape, dtype=torch.bool, device=keys.device)
    places = torch.searchsorted(sorted_keys, keys).clamp_(max=len(sorted_keys) - 1)
    return sorted_keys[places] == keys


def find_crossing_cells(
    finest: Lattice,
    evaluation: Evaluation,
    options: ExtractionOptions,
    min_feature: float | None,
    seeds: Tensor | None,
    report: Callable[[float, str], None],
) -> CrossingCells:
    """All crossing cells of the finest lattice that the starting grid or the seeds lead to.

    seeds: (N, 3) float64 points on the surface on the device that keeps the keys, or None.
    Raises EmptySurface when the field has one sign at every point evaluated.
    """
    stride = start_stride(finest, options.start_cells, min_feature)
    with evaluation.timed("start grid"):
        table = CornerTable(finest.at(stride), evaluation, evaluation.keys_device)
        cells = follow(table, start_cells(table, options.block), options.block)
    report(0.1, "start grid")
    while stride > 1:
        if seeds is None:
            _check_not_empty(cells)
        stride = max(1, stride // options.jump)
        with evaluation.timed(f"stride {stride}"):
            cells = refine(cells, stride, options.block)
            if seeds is not None:
                cells = follow_seeds(cells, seeds, options)
        report(0.1 + 0.6 / stride, f"stride {stride}")
    _check_not_empty(cells)
    return cells


def _check_not_empty(cells: CrossingCells) -> None:
    values = cells.table.values
    real = cells.lattice.is_real(cells.lattice.places(cells.table.keys))
    side = "outside" if not len(cells.keys) else "inside"
    if side == "outside" or bool((values[real] > 0).all()):
        raise EmptySurface(
            f"The field has no surface inside the bounds: every point evaluated lies {side};"
            " check threshold and bounds, or give min_feature or seeds if its parts are small."
        )


def start_cells(table: CornerTable, block: int) -> Tensor:
    """Keys of the crossing cells of a lattice, sorted; evaluates every corner, a few layers at once, and keeps those needed."""
    lattice, device = table.lattice, table.keys.device
    width, height, depth = lattice.shape
    layers = max(1, block // (width * height))
    plane = torch.arange(width * height, device=device)
    above = torch.full((1, height, width), -torch.inf, device=device)
    above_exact = torch.ones_like(above, dtype=torch.bool)
    result = []
    for first in range(1, depth, layers):  # layer 0 is the outer one
        count = min(layers, depth - first)
        keys = (torch.arange(first, first + count, device=device)[:, None] * (width * height) + plane).reshape(-1)
        values, exact = table.evaluate(keys)
        values = torch.cat([above, values.reshape(count, height, width)])
        exact = torch.cat([above_exact, exact.reshape(count, height, width)])
        inside = values > 0
        some, every = inside.clone(), inside.clone()
        for axis in range(3):  # any and all over the eight corners, one axis after the other
            size = some.shape[axis] - 1
            low, high = some.narrow(axis, 0, size), some.narrow(axis, 1, size)
            some = low | high
            every = every.narrow(axis, 0, size) & every.narrow(axis, 1, size)
        z, y, x = (some & ~every).nonzero().unbind(dim=1)
        cells = x + width * (y + height * (z + first - 1))
        corners = torch.unique(cells[:, None] + lattice.corner_offsets(device))
        corners = corners[~contains(table.keys, corners)]
        slots = corners - (first - 1) * width * height
        table.insert(corners, values.reshape(-1)[slots], exact.reshape(-1)[slots])
        result.append(cells)
        above, above_exact = values[-1:], exact[-1:]
    return torch.cat(result)


def refine(cells: CrossingCells, stride: int, block: int) -> CrossingCells:
    """The crossing cells of a finer level that share a crossing edge, or are joined to one that does."""
    table = cells.table
    places, axes, base_inside = crossing_edges(cells)
    while table.lattice.stride > stride:
        table = table.halved()
        places = _crossing_halves(table, places * 2, axes, base_inside)
    return follow(table, _cells_around(table.lattice, places, axes), block)


def crossing_edges(cells: CrossingCells) -> tuple[Tensor, Tensor, Tensor]:
    """Each crossing edge once: place of its lower end (N, 3), axis (N,), whether the lower end is inside (N,).

    Read off the cell whose lowest corner is the edge's lower end; that cell is there because all four around the edge are.
    """
    base = (cells.cases & 1).bool()
    far = torch.stack([(cells.cases >> (1 << axis) & 1).bool() for axis in range(3)], dim=1)
    rows, axes = (far != base[:, None]).nonzero().unbind(dim=1)
    return cells.lattice.places(cells.keys[rows]), axes, base[rows]


def _crossing_halves(table: CornerTable, places: Tensor, axes: Tensor, base_inside: Tensor) -> Tensor:
    """Lower ends of the crossing halves of edges, which begin at places and are two corners long on the table's lattice."""
    middle = places.clone()
    middle[torch.arange(len(places), device=places.device), axes] += 1
    middle = middle.clamp(max=torch.tensor(table.lattice.corners, device=places.device))  # what lies farther out is outside
    keys = table.lattice.keys(middle)
    table.require(torch.unique(keys))
    return torch.where(((table.lookup(keys) > 0) == base_inside)[:, None], middle, places)


def _cells_around(lattice: Lattice, places: Tensor, axes: Tensor) -> Tensor:
    """Keys of the four cells around each edge, sorted and unique."""
    keys = lattice.keys(places)
    steps = lattice.axis_offsets(places.device)
    second, third = steps[(axes + 1) % 3], steps[(axes + 2) % 3]
    return torch.unique(torch.cat([keys, keys - second, keys - third, keys - second - third]))


def follow(table: CornerTable, keys: Tensor, block: int, found: CrossingCells | None = None) -> CrossingCells:
    """Those of the given cells, sorted and unique, that the surface crosses, all that it reaches from them, and those found."""
    device = keys.device
    crossing_faces = torch.as_tensor(case_table().crossing_faces, device=device)
    steps = [table.lattice.offset(*(side * 2 - 1 if axis == i else 0 for i in range(3))) for axis, side in FACES.tolist()]
    all_keys = keys[:0] if found is None else found.keys
    all_cases = keys[:0] if found is None else found.cases
    frontier = keys[~contains(all_keys, keys)]
    while len(frontier):
        cases = torch.cat([_cases(table, part) for part in frontier.split(block)])
        crossing = (cases > 0) & (cases < 255)
        frontier, cases = frontier[crossing], cases[crossing]
        all_keys, order = torch.sort(torch.cat([all_keys, frontier]))
        all_cases = torch.cat([all_cases, cases])[order]
        reached = [frontier[crossing_faces[cases, face]] + steps[face] for face in range(6)]
        frontier = torch.unique(torch.cat(reached))
        frontier = frontier[~contains(all_keys, frontier)]
    return CrossingCells(all_keys, all_cases, table)


def _cases(table: CornerTable, keys: Tensor) -> Tensor:
    """Which corners of each cell are inside, as a bit pattern, (N,) int64."""
    corners = keys[:, None] + table.lattice.corner_offsets(keys.device)
    table.require(torch.unique(corners))
    bits = 1 << torch.arange(8, device=keys.device)
    return ((table.lookup(corners) > 0) * bits).sum(dim=1)


def follow_seeds(cells: CrossingCells, seeds: Tensor, options: ExtractionOptions) -> CrossingCells:
    """The crossing cells and those reached from seeds that no crossing cell is near to.

    A seed tries its own cell first; only where the surface misses that, the 26 cells around it.
    """
    lattice = cells.lattice
    reach = 1 + math.ceil(options.seed_noise / (min(lattice.step) * lattice.stride))
    places = torch.unique(lattice.cells_of(seeds), dim=0)
    around = torch.cartesian_prod(*[torch.arange(-1, 2, device=seeds.device)] * 3)
    for offsets in (around[13:14], around):  # row 13 is the cell itself
        places = places[~_near(cells, places, reach)]
        tried = (places[:, None] + offsets).reshape(-1, 3)
        tried = tried.clamp(min=-1).minimum(torch.tensor(lattice.corners, device=seeds.device) - 1)
        cells = follow(cells.table, torch.unique(lattice.keys(tried)), options.block, found=cells)
    return cells


def _near(cells: CrossingCells, places: Tensor, reach: int) -> Tensor:
    """Whether a crossing cell lies within reach cells of each place, and surely none within twice that where not, (N,) bool."""
    lattice = cells.lattice
    coarse = lattice.at(lattice.stride * reach)  # only its keys are used: cells in cubes of reach^3
    cubes = torch.unique(coarse.keys((lattice.places(cells.keys) + 1) // reach))
    around = torch.cartesian_prod(*[torch.arange(-1, 2, device=places.device)] * 3)
    keys = coarse.keys((places[:, None] + 1) // reach + around)
    return contains(cubes, keys).any(dim=1)


def count_corners(cells: CrossingCells) -> int:
    """Number of corners of the box that belong to crossing cells: what any extraction has to evaluate."""
    lattice = cells.lattice
    keys = torch.unique(cells.keys[:, None] + lattice.corner_offsets(cells.keys.device))
    return int(lattice.is_real(lattice.places(keys)).sum())
