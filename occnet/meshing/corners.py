"""The corners of one level of the lattice and their values: a table of sorted keys, in which each corner is evaluated once."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.meshing.evaluation import Evaluation
from occnet.meshing.lattice import Lattice

FAR = 1.2  # bands of the coarse field: beside a corner whose value is farther from the level, it is likely to be sure


class CornerTable:
    """Values at the corners of one level: sorted keys (N,) int64, values (N,) float32, exact (N,) bool.

    block: corners worked on at once, which bounds the memory for all that is not kept. origin: the last level whose surface
    was followed; where its values are far from the level, the coarse field will do for the corners beside them.
    """

    def __init__(self, lattice: Lattice, evaluation: Evaluation, block: int, origin: CornerTable | None = None) -> None:
        self.lattice = lattice
        self.origin = origin
        self.evaluation = evaluation
        self.block = block
        device = evaluation.keys_device
        self.keys = torch.empty(0, dtype=torch.int64, device=device)
        self.values = torch.empty(0, dtype=torch.float32, device=device)
        self.exact = torch.empty(0, dtype=torch.bool, device=device)

    def insert(self, keys: Tensor, values: Tensor, exact: Tensor) -> None:
        """Add corners, sorted and unique, that are not in the table yet."""
        order = merge_order(self.keys, keys)
        self.keys = merge(self.keys, keys, order)
        self.values = merge(self.values, values, order)
        self.exact = merge(self.exact, exact, order)

    def evaluate(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Values at corners, and whether each is exact; the outer layer is outside and costs nothing."""
        values = torch.full(keys.shape, -torch.inf, dtype=torch.float32, device=keys.device)
        exact = torch.ones(keys.shape, dtype=torch.bool, device=keys.device)
        for rows in torch.arange(len(keys), device=keys.device).split(self.block):
            places = self.lattice.places(keys[rows])
            real = self.lattice.is_real(places)
            rows, places = rows[real], places[real]
            far = self._far(places)
            values[rows], exact[rows] = self.evaluation.coarse_values(self.lattice.positions(places), far)
        return values, exact

    def _far(self, places: Tensor) -> Tensor:
        """Whether the coarse field is likely to be sure of the sign at places of the box, (N,) bool."""
        if self.origin is None or self.evaluation.coarse_field is None:
            return torch.ones(len(places), dtype=torch.bool, device=places.device)
        above = self.origin
        ratio = above.lattice.stride // self.lattice.stride
        keys = above.lattice.keys(torch.div(places, ratio, rounding_mode="floor"))
        slots = torch.searchsorted(above.keys, keys).clamp_(max=len(above.keys) - 1)
        return (above.keys[slots] == keys) & (above.values[slots].abs() > FAR * self.evaluation.band)

    def missing(self, keys: Tensor) -> Tensor:
        """Those of the keys, sorted and unique, that are not in the table."""
        return keys[~contains(self.keys, keys)]

    def require(self, keys: Tensor) -> None:
        """Evaluate those of the corners, sorted and unique, that are not in the table yet."""
        missing = self.missing(keys)
        if len(missing):
            self.insert(missing, *self.evaluate(missing))

    def clear(self) -> None:
        """Forget all corners, when the surface is placed and only its cells are needed."""
        self.keys, self.values, self.exact = self.keys[:0].clone(), self.values[:0].clone(), self.exact[:0].clone()

    def lookup(self, keys: Tensor) -> Tensor:
        """Values at corners that are in the table, of the same shape as keys."""
        return self.values[torch.searchsorted(self.keys, keys)]

    def sharpen(self, keys: Tensor) -> None:
        """Give exact values to those of the corners, all in the table and of the box, that have none."""
        slots = torch.unique(torch.searchsorted(self.keys, keys))
        slots = slots[~self.exact[slots]]
        self.values[slots] = self.evaluation.values(self.lattice.positions(self.lattice.places(self.keys[slots])))
        self.exact[slots] = True

    def halved(self, origin: CornerTable) -> CornerTable:
        """The same corners on the lattice with cells half as large; origin: the last level whose surface was followed."""
        finer = CornerTable(self.lattice.at(self.lattice.stride // 2), self.evaluation, self.block, origin)
        places = self.lattice.places(self.keys)
        kept = self.lattice.is_real(places)
        finer.insert(finer.lattice.keys(places[kept] * 2), self.values[kept], self.exact[kept])
        return finer


def contains(sorted_keys: Tensor, keys: Tensor) -> Tensor:
    """Whether each key is among the sorted keys, of the same shape as keys."""
    if not len(sorted_keys):
        return torch.zeros(keys.shape, dtype=torch.bool, device=keys.device)
    places = torch.searchsorted(sorted_keys, keys).clamp_(max=len(sorted_keys) - 1)
    return sorted_keys[places] == keys


def merge_order(old: Tensor, new: Tensor) -> tuple[Tensor, Tensor]:
    """Where the rows of two sorted arrays of keys without common keys go when they are merged, (N,) and (M,)."""
    new_places = torch.searchsorted(old, new) + torch.arange(len(new), device=new.device)
    is_old = torch.ones(len(old) + len(new), dtype=torch.bool, device=new.device)
    is_old[new_places] = False
    return is_old.nonzero().squeeze(1), new_places


def merge(old: Tensor, new: Tensor, order: tuple[Tensor, Tensor]) -> Tensor:
    """Rows of two arrays in the merged order of their keys."""
    result = torch.empty(len(old) + len(new), dtype=old.dtype, device=old.device)
    result[order[0]] = old
    result[order[1]] = new
    return result


def cell_corners(lattice: Lattice, keys: Tensor) -> Tensor:
    """Keys of the corners of cells, sorted and unique."""
    low = torch.unique(keys[:, None] + pair_offsets(lattice, keys.device))
    last = torch.ones(len(low), dtype=torch.bool, device=keys.device)
    last[:-1] = low[1:] != low[:-1] + 1
    return torch.sort(torch.cat([low, low[last] + 1]))[0]


def pair_offsets(lattice: Lattice, device: torch.device) -> Tensor:
    """What to add to a cell's key to get the lower end of its four edges along x, (4,)."""
    return lattice.corner_offsets(device)[::2]
