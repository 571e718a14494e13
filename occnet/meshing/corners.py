"""The corners of one level of the lattice and their values: a table of sorted keys, in which each corner is evaluated once."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.meshing.evaluation import Evaluation
from occnet.meshing.lattice import Lattice
from occnet.meshing.sorted_keys import SortedKeys, union


class CornerTable:
    """Values at the corners of one level: sorted keys (N,) int64, values (N,) float32.

    portion: corners worked on at once, which bounds the memory for all that is not kept.
    """

    def __init__(self, lattice: Lattice, evaluation: Evaluation, portion: int) -> None:
        self.lattice = lattice
        self.evaluation = evaluation
        self.portion = portion
        device = evaluation.keys_device
        self.order = SortedKeys(torch.empty(0, dtype=torch.int64, device=device))
        self.values = torch.empty(0, dtype=torch.float32, device=device)

    @property
    def keys(self) -> Tensor:
        """The sorted keys, (N,) int64."""
        return self.order.keys

    def insert(self, keys: Tensor, values: Tensor) -> None:
        """Add corners, sorted and unique, that are not in the table yet."""
        order = merge_order(self.keys, keys)
        self.order = SortedKeys(merge(self.keys, keys, order))
        self.values = merge(self.values, values, order)

    def evaluate(self, keys: Tensor) -> Tensor:
        """Values at corners; the outer layer is outside and costs nothing."""
        values = torch.full(keys.shape, -torch.inf, dtype=torch.float32, device=keys.device)
        for rows in torch.arange(len(keys), device=keys.device).split(self.portion):
            places = self.lattice.places(keys[rows])
            real = self.lattice.is_real(places)
            values[rows[real]] = self.evaluation.values(self.lattice.positions(places[real]))
        return values

    def missing(self, keys: Tensor) -> Tensor:
        """Those of the keys, sorted and unique, that are not in the table."""
        return keys[~self.order.contain(keys)]

    def require(self, keys: Tensor) -> None:
        """Evaluate those of the corners, sorted and unique, that are not in the table yet."""
        missing = self.missing(keys)
        if len(missing):
            self.insert(missing, self.evaluate(missing))

    def clear(self) -> None:
        """Forget all corners, when the surface is placed and only its cells are needed."""
        self.order, self.values = SortedKeys(self.keys[:0].clone()), self.values[:0].clone()

    def lookup(self, keys: Tensor) -> Tensor:
        """Values at corners that are in the table, of the same shape as keys."""
        return self.values[self.order.places(keys)]

    def halved(self) -> CornerTable:
        """The same corners on the lattice with cells half as large."""
        finer = CornerTable(self.lattice.at(self.lattice.stride // 2), self.evaluation, self.portion)
        places = self.lattice.places(self.keys)
        kept = self.lattice.is_real(places)
        finer.insert(finer.lattice.keys(places[kept] * 2), self.values[kept])
        return finer


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
    """Keys of the corners of cells, whose keys are sorted and unique, as theirs are."""
    low = union([keys + offset for offset in pair_offsets(lattice, keys.device)])
    last = torch.ones(len(low), dtype=torch.bool, device=keys.device)
    last[:-1] = low[1:] != low[:-1] + 1
    return union([low, low[last] + 1])


def pair_offsets(lattice: Lattice, device: torch.device) -> Tensor:
    """What to add to a cell's key to get the lower end of its four edges along x, (4,)."""
    return lattice.corner_offsets(device)[::2]
