"""Following the surface: from cells that it crosses to the cells behind each crossed face, until nothing is left to follow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.meshing.corners import CornerTable, cell_corners, merge, merge_order, pair_offsets
from occnet.meshing.lattice import Lattice
from occnet.meshing.sorted_keys import SortedKeys, union
from occnet.meshing.table import case_table


@dataclass(frozen=True, eq=False)
class CrossingCells:
    """All cells that the surface crosses on one level: sorted keys (N,) int64, their cases (N,) int64, and the corners."""

    keys: Tensor
    cases: Tensor
    table: CornerTable

    @property
    def lattice(self) -> Lattice:
        return self.table.lattice


def crossing_edges(cells: CrossingCells) -> tuple[Tensor, Tensor, Tensor]:
    """Each crossing edge once: place of its lower end (N, 3), axis (N,), whether the lower end is inside (N,).

    Read off the cell whose lowest corner is the edge's lower end; that cell is there because all four around the edge are.
    """
    base = (cells.cases & 1).bool()
    far = torch.stack([(cells.cases >> (1 << axis) & 1).bool() for axis in range(3)], dim=1)
    rows, axes = (far != base[:, None]).nonzero().unbind(dim=1)
    return cells.lattice.places(cells.keys[rows]), axes, base[rows]


def count_corners(cells: CrossingCells) -> int:
    """Number of corners of the box that belong to crossing cells: what any extraction has to evaluate."""
    lattice = cells.lattice
    return int(lattice.is_real(lattice.places(cell_corners(lattice, cells.keys))).sum())


def follow(table: CornerTable, keys: Tensor, found: CrossingCells | None = None) -> CrossingCells:
    """Those of the given cells, sorted and unique, that the surface crosses, all that it reaches from them, and those found."""
    all_keys = keys[:0] if found is None else found.keys
    all_cases = keys[:0] if found is None else found.cases
    frontier = keys[~SortedKeys(all_keys).contain(keys)]
    while len(frontier):
        parts = frontier.split(table.portion)
        table.require(_union([table.missing(cell_corners(table.lattice, part)) for part in parts]))
        cases = torch.cat([_cases(table, part) for part in parts])
        crossing = (cases > 0) & (cases < 255)
        frontier, cases = frontier[crossing], cases[crossing]
        order = merge_order(all_keys, frontier)
        all_keys, all_cases = merge(all_keys, frontier, order), merge(all_cases, cases, order)
        found_keys, reached = SortedKeys(all_keys), []
        for part in zip(frontier.split(table.portion), cases.split(table.portion), strict=True):
            beyond = _beyond_crossing_faces(table.lattice, *part)
            reached.append(beyond[~found_keys.contain(beyond)])
        frontier = _union(reached)
    return CrossingCells(all_keys, all_cases, table)


def _beyond_crossing_faces(lattice: Lattice, keys: Tensor, cases: Tensor) -> Tensor:
    """Keys of the cells behind the faces of cells whose corners differ in sign, sorted and unique."""
    crossing_faces = torch.as_tensor(case_table().crossing_faces, device=keys.device)
    return union([keys[crossing_faces[cases, face]] + step for face, step in enumerate(lattice.face_offsets())])


def _cases(table: CornerTable, keys: Tensor) -> Tensor:
    """Which corners of each cell, all in the table, are inside, as a bit pattern, (N,) int64."""
    pairs = table.order.places(keys[:, None] + pair_offsets(table.lattice, keys.device))
    low, high = table.values[pairs] > 0, table.values[pairs + 1] > 0  # the next key is the next corner along x
    bits = 1 << torch.arange(0, 8, 2, device=keys.device)
    return (low * bits + high * (2 * bits)).sum(dim=1)


def _union(keys: list[Tensor]) -> Tensor:
    return keys[0] if len(keys) == 1 else union(keys)


def follow_seeds(cells: CrossingCells, seeds: Tensor, noise: float) -> CrossingCells:
    """The crossing cells and those reached from seeds that no crossing cell is near to.

    noise: how far seeds may lie from the surface. A seed tries its own cell first; only where the surface misses that, the 26
    cells around it.
    """
    lattice = cells.lattice
    reach = 1 + math.ceil(noise / (min(lattice.step) * lattice.stride))
    places = torch.unique(lattice.cells_of(seeds), dim=0)
    around = torch.cartesian_prod(*[torch.arange(-1, 2, device=seeds.device)] * 3)
    for offsets in (around[13:14], around):  # row 13 is the cell itself
        places = places[~_near(cells, places, reach)]
        tried = (places[:, None] + offsets).reshape(-1, 3)
        tried = tried.clamp(min=-1).minimum(torch.tensor(lattice.corners, device=seeds.device) - 1)
        cells = follow(cells.table, torch.unique(lattice.keys(tried)), found=cells)
    return cells


def _near(cells: CrossingCells, places: Tensor, reach: int) -> Tensor:
    """Whether a crossing cell lies within reach cells of each place, and surely none within twice that where not, (N,) bool."""
    lattice = cells.lattice
    coarse = lattice.at(lattice.stride * reach)  # only its keys are used: cells in cubes of reach^3
    cubes = torch.unique(coarse.keys((lattice.places(cells.keys) + 1) // reach))
    around = torch.cartesian_prod(*[torch.arange(-1, 2, device=places.device)] * 3)
    keys = coarse.keys((places[:, None] + 1) // reach + around)
    return SortedKeys(cubes).contain(keys).any(dim=1)
