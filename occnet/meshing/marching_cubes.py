"""Triangles of the crossing cells: marching cubes on sparse cells, without cracks."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.meshing.following import CrossingCells
from occnet.meshing.sorted_keys import SortedKeys
from occnet.meshing.table import case_table


def triangles(cells: CrossingCells, edge_keys: Tensor) -> Tensor:
    """Faces (F, 3) int64, indices into the crossing edges; they wind counter-clockwise seen from outside.

    edge_keys: sorted keys of all crossing edges, 3 * lower corner + axis.
    """
    device = cells.keys.device
    table = case_table()
    counts = torch.as_tensor(table.counts, device=device)
    edges = torch.as_tensor(table.triangles, device=device)
    offsets = cells.lattice.edge_offsets(device)
    portion = cells.table.portion
    total = sum(int(counts[cases].sum()) for cases in cells.cases.split(portion))
    result = torch.empty(total, 3, dtype=torch.int64, device=device)
    order, begin = SortedKeys(edge_keys), 0
    for keys, cases in zip(cells.keys.split(portion), cells.cases.split(portion), strict=True):
        used = torch.arange(edges.shape[1], device=device) < counts[cases][:, None]
        rows, which = used.nonzero().unbind(dim=1)
        wanted = 3 * keys[rows, None] + offsets[edges[cases[rows], which]]
        result[begin : begin + len(rows)] = order.places(wanted)
        begin += len(rows)
    return result
