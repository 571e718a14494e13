"""Dual contouring: one vertex in each sheet of each crossing cell, placed where the sheet's tangent planes meet.

A quadrilateral around each crossing edge joins the vertices of its four cells. A cell has one vertex for each loop of the
surface through it (Nielson, "Dual marching cubes", 2004), so that sheets that only share a cell stay apart. One configuration
would still give an edge four faces: two cells whose common face is ambiguous and visited twice by one loop in each. There the
inside corners of that face are joined instead of separated, in both cells, which splits both loops (Wenger, "Isosurfaces",
2013, section 3.3). The result is closed and manifold. Vertices minimise the quadratic error of Ju et al. 2002.
"""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.meshing.following import CrossingCells, crossing_edges
from occnet.meshing.sorted_keys import SortedKeys
from occnet.meshing.table import EDGES, case_table, loop_table
from occnet.meshing.vertices import MARGIN, CrossingEdges

FLATNESS = 0.1  # a direction whose share of the normals is below this, relative to the largest, is left at the mean point


def flipped_cells(cells: CrossingCells) -> Tensor:
    """Whether the ambiguous face that one loop visits twice is flipped in each cell, (N,) int64: if its neighbour's is too."""
    device = cells.keys.device
    twice = torch.as_tensor(loop_table().twice, device=device)
    result, order = torch.zeros(len(cells.keys), dtype=torch.int64, device=device), SortedKeys(cells.keys)
    for face, step in enumerate(cells.lattice.face_offsets()):
        rows = (twice[cells.cases] == face).nonzero().squeeze(1)
        beyond = order.places(cells.keys[rows] + step)  # there, for the surface crosses the face
        result[rows] = (twice[cells.cases[beyond]] == face ^ 1).long()
    return result


def dual_surface(cells: CrossingCells, edges: CrossingEdges, normals: Tensor) -> tuple[Tensor, Tensor]:
    """Vertices (V, 3) float64 and faces (F, 3) int64 of the dual surface.

    normals: (N, 3) float64, unit normals of the surface at the crossing edges, zero where unknown.
    """
    device = cells.keys.device
    table = loop_table()
    flipped = flipped_cells(cells)
    counts = torch.as_tensor(table.counts, device=device)[cells.cases, flipped]
    first = torch.cumsum(counts, 0) - counts
    members = torch.as_tensor(table.loops, device=device)
    parts = []
    for rows in torch.arange(len(cells.keys), device=device).split(cells.table.portion):
        sheets = first[rows, None] - first[rows[0]] + members[cells.cases[rows], flipped[rows]]
        points = _sheet_points(cells, rows, sheets, int(counts[rows].sum()), edges, normals)
        parts.append(_kept_within(cells, torch.repeat_interleave(rows, counts[rows]), points))
    vertices = torch.cat(parts)
    return vertices, _faces(cells, vertices, first, members, flipped)


def _sheet_points(
    cells: CrossingCells, rows: Tensor, sheets: Tensor, count: int, edges: CrossingEdges, normals: Tensor
) -> Tensor:
    """A point for each sheet of some cells, (count, 3): nearest to the planes through the crossings of the sheet's loop.

    rows: (N,) the cells. sheets: (N, 12) which sheet each edge belongs to. Where a cell has several sheets, it is too large for
    the shape, and planes mean little: each sheet's point is the mean of its crossings, which keeps the points apart.
    """
    lattice, device = cells.lattice, rows.device
    offsets = lattice.edge_offsets(device)
    crossing = torch.as_tensor(case_table().crossing_edges, device=device)[cells.cases[rows]]
    cell, edge = crossing.nonzero().unbind(dim=1)
    sheet = sheets[cell, edge]
    which = torch.searchsorted(edges.keys, 3 * cells.keys[rows[cell]] + offsets[edge])
    points, directions = edges.positions[which], normals[which]

    def total(values: Tensor) -> Tensor:
        return torch.zeros(count, values.shape[1], dtype=torch.float64, device=device).index_add_(0, sheet, values)

    mean = total(points) / total(torch.ones_like(points[:, :1]))
    gaps = ((points - mean[sheet]) * directions).sum(dim=1, keepdim=True)
    outer = (directions[:, :, None] * directions[:, None, :]).reshape(-1, 9)
    alone = torch.zeros(count, 1, dtype=torch.float64, device=device)
    alone[sheet] = (sheets.amin(dim=1) == sheets.amax(dim=1))[cell, None].double()
    return mean + alone * _least_squares(total(outer).reshape(-1, 3, 3), total(gaps * directions))


def _kept_within(cells: CrossingCells, rows: Tensor, points: Tensor) -> Tensor:
    """Points moved into their cells, a margin off the walls; those of the cells around the box lie flat on it."""
    lattice = cells.lattice
    places = lattice.places(cells.keys[rows])
    steps = torch.tensor(lattice.step, dtype=torch.float64, device=points.device)
    margin = (0.25 * steps).clamp(max=MARGIN * lattice.longest)
    points = points.maximum(lattice.positions(places) + margin).minimum(lattice.positions(places + 1) - margin)
    low, high = lattice.positions(torch.tensor([[0, 0, 0], lattice.cells], device=points.device))
    return points.maximum(low - margin).minimum(high + margin)


def _least_squares(matrix: Tensor, right: Tensor) -> Tensor:
    """Shortest x that minimises |matrix x - right| in the well determined directions, matrix (N, 3, 3) symmetric."""
    values, vectors = torch.linalg.eigh(matrix)
    kept = values > FLATNESS * values[:, -1:].clamp(min=1e-12)
    inverse = torch.where(kept, 1.0 / values, torch.zeros_like(values))
    along = (vectors.transpose(1, 2) @ right[:, :, None]).squeeze(2)
    return (vectors @ (inverse * along)[:, :, None]).squeeze(2)


def _faces(cells: CrossingCells, vertices: Tensor, first: Tensor, members: Tensor, flipped: Tensor) -> Tensor:
    """Two triangles around each crossing edge, (F, 3), counter-clockwise seen from outside."""
    lattice, device = cells.lattice, cells.keys.device
    places, axes, base_inside = crossing_edges(cells)
    keys = lattice.keys(places)
    steps = lattice.axis_offsets(device)
    # The four cells counter-clockwise seen from the far end of the edge, and the edge's name in each of them.
    turns = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1]], device=device)
    names = {(axis, corner): name for name, (axis, corner) in enumerate(EDGES.tolist())}
    local = [[names[a, b << (a + 1) % 3 | c << (a + 2) % 3] for b, c in turns.tolist()] for a in range(3)]
    local = torch.tensor(local, device=device)
    result, order = torch.empty(len(keys), 2, 3, dtype=torch.int64, device=device), SortedKeys(cells.keys)
    for rows in torch.arange(len(keys), device=device).split(cells.table.portion):
        axis = axes[rows]
        sides = torch.stack([steps[(axis + 1) % 3], steps[(axis + 2) % 3]], dim=1)
        around = order.places(keys[rows, None] - (sides[:, None] * turns).sum(dim=2))
        quads = first[around] + members[cells.cases[around], flipped[around], local[axis]]
        result[rows] = _split(vertices, torch.where(base_inside[rows, None], quads, quads.flip(1)))
    return result.reshape(-1, 3)


def _split(vertices: Tensor, quads: Tensor) -> Tensor:
    """Two triangles of each quadrilateral, cut along the diagonal that bends less, (N, 2, 3)."""
    a, b, c, d = vertices[quads].unbind(dim=1)

    def bend(p: Tensor, q: Tensor, r: Tensor, s: Tensor) -> Tensor:  # cosine between the triangles on both sides of p-r
        return torch.cosine_similarity(torch.linalg.cross(q - p, r - p), torch.linalg.cross(r - p, s - p), dim=1, eps=1e-30)

    first = bend(a, b, c, d) >= bend(b, c, d, a)
    one = torch.where(first[:, None], quads[:, [0, 1, 2]], quads[:, [1, 2, 3]])
    two = torch.where(first[:, None], quads[:, [0, 2, 3]], quads[:, [1, 3, 0]])
    return torch.stack([one, two], dim=1)
