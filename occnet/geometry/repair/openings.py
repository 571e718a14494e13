"""Openings of a surface: the loops along which it ends, and the faces that close them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.half_edges import HalfEdges
from occnet.mesh import Mesh
from occnet.vectors import normalized

_LONGEST_LOOP = 96  # vertices of a loop that is filled by the best triangulation; longer ones get a fan around their centre
_AREA_WEIGHT = 0.01  # of area against bending; decides only between fillings that bend alike


@dataclass(frozen=True, eq=False)
class Opening:
    """A closed way along edges where faces are missing, in the direction in which the missing faces would run along it."""

    loop: NDArray[np.int64]  # (n,) vertices
    across: NDArray[np.float64]  # (n, 3) unit normal of the face on the other side of the edge from vertex k to k + 1
    body: int  # number of the body whose opening it is


def find_openings(mesh: Mesh, body: NDArray[np.integer]) -> list[Opening]:
    """All openings of a mesh whose coincident vertices are merged; none when it is closed.

    body: (F,) number of the body of each face. Together the openings run through every edge as often as its faces do not
    balance there, so that with any filling of them the winding number is whole everywhere.
    """
    edges = HalfEdges(mesh.faces)
    missing = np.flatnonzero(edges.excess)
    if not len(missing):
        return []
    surplus = np.flatnonzero(np.sign(edges.end - edges.start) == np.sign(edges.excess[edges.edge]))
    one_of = np.zeros(len(edges.sizes), dtype=np.int64)  # of each edge, a half-edge that runs in the direction of the excess
    one_of[edges.edge[surplus]] = surplus
    half = np.repeat(one_of[missing], np.abs(edges.excess[missing]))
    face = half // 3
    normals = normalized(mesh.face_normals[face])
    first, last = edges.end[half], edges.start[half]  # against the face that is there
    corner = body[face].astype(np.int64) * len(mesh.vertices)  # bodies that touch in a vertex have openings of their own
    loops = _simple_loops((first + corner).tolist(), (last + corner).tolist())
    return [Opening(first[loop], normals[loop], int(body[face[loop[0]]])) for loop in map(np.array, loops)]


def _simple_loops(start: list[int], end: list[int]) -> list[list[int]]:
    """Edges, of which as many end as start at every node, as loops that pass no node twice; each a list of edges."""
    outgoing: dict[int, list[int]] = defaultdict(list)
    for edge, node in enumerate(start):
        outgoing[node].append(edge)
    loops: list[list[int]] = []
    for origin in list(outgoing):
        path: list[int] = []
        place = {origin: 0}  # of the nodes on the path
        node = origin
        while outgoing[node]:
            edge = outgoing[node].pop()
            path.append(edge)
            node = end[edge]
            if node in place:  # a loop has closed: it leaves the path
                loop = path[place[node] :]
                del path[place[node] :]
                for passed in loop[1:]:
                    del place[start[passed]]
                loops.append(loop)
            else:
                place[node] = len(path)
        assert not path, "an edge leads to a node that none leaves"
    return loops


def opening_area(mesh: Mesh, opening: Opening) -> float:
    """The area of the opening's projection along its own axis: no filling has less."""
    points = mesh.vertices[opening.loop] - mesh.vertices[opening.loop].mean(axis=0)
    return 0.5 * float(np.linalg.norm(np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)))


def with_openings_closed(mesh: Mesh, found: Sequence[Opening]) -> Mesh:
    """The mesh and, after its own, faces that fill these openings; long ones get a vertex in their middle.

    A filling bends as little as it can against the faces around it and in itself (the sum of length times angle over its
    edges, found by dynamic programming), so that what is missing from a flat wall, along a straight edge or of a cylinder
    comes back as it was. Source of the programme: Barequet and Sharir 1995; Liepa, Filling Holes in Meshes, 2003.
    """
    vertices, faces = [mesh.vertices], [mesh.faces]
    by_length: dict[int, list[Opening]] = defaultdict(list)
    count = len(mesh.vertices)
    for opening in found:
        if len(opening.loop) <= _LONGEST_LOOP:
            by_length[len(opening.loop)].append(opening)
            continue
        following = np.roll(opening.loop, -1)
        faces.append(np.stack([opening.loop, following, np.full(len(following), count)], axis=1))
        vertices.append(mesh.vertices[opening.loop].mean(axis=0, keepdims=True))
        count += 1
    for length, some in by_length.items():
        at_once = max(1, 2_000_000 // length**2)
        for begin in range(0, len(some), at_once):
            part = some[begin : begin + at_once]
            loops = np.stack([opening.loop for opening in part])
            filling = _least_bent(mesh.vertices[loops], np.stack([opening.across for opening in part]))
            faces.append(np.take_along_axis(loops[:, None], filling, axis=2).reshape(-1, 3))
    return Mesh(np.concatenate(vertices), np.concatenate(faces))


def _least_bent(points: NDArray, across: NDArray) -> NDArray[np.int64]:
    """Triangles that fill loops of one length, as places along the loop, (B, n - 2, 3).

    points: (B, n, 3). across: (B, n, 3) unit normals of the faces beyond the edges from k to k + 1.
    """
    count, size = points.shape[:2]
    cost = np.zeros((count, size, size))
    apex = np.zeros((count, size, size), dtype=np.int64)
    normal = np.zeros((count, size, size, 3))
    steps = np.arange(size - 1)
    normal[:, steps, steps + 1] = across[:, :-1]
    for length in range(2, size):
        i = np.arange(size - length)[:, None]
        j, k = i + length, i + np.arange(1, length)
        a, b, c = points[:, i], points[:, k], points[:, j]
        scaled = np.cross(b - a, c - a)
        area = np.linalg.norm(scaled, axis=-1)
        unit = scaled / np.maximum(area, 1e-300)[..., None]
        total = cost[:, i, k] + cost[:, k, j] + 0.5 * _AREA_WEIGHT * area
        total += _bend(b - a, unit, normal[:, i, k]) + _bend(c - b, unit, normal[:, k, j])
        if length == size - 1:
            total += _bend(c - a, unit, across[:, -1:, None])
        best = total.argmin(axis=2)[..., None]
        cost[:, i[:, 0], j[:, 0]] = np.take_along_axis(total, best, axis=2)[..., 0]
        apex[:, i[:, 0], j[:, 0]] = best[..., 0] + i[:, 0] + 1
        normal[:, i[:, 0], j[:, 0]] = np.take_along_axis(unit, best[..., None], axis=2)[:, :, 0]
    return np.array([_triangles(tree) for tree in apex.tolist()], dtype=np.int64).reshape(count, size - 2, 3)


def _bend(edge: NDArray, one: NDArray, other: NDArray) -> NDArray[np.float64]:
    cosine = np.clip(np.einsum("...i,...i->...", one, other), -1.0, 1.0)
    return np.linalg.norm(edge, axis=-1) * np.arccos(cosine)


def _triangles(apex: list[list[int]]) -> list[tuple[int, int, int]]:
    result, waiting = [], [(0, len(apex) - 1)]
    while waiting:
        i, j = waiting.pop()
        if j - i >= 2:
            k = apex[i][j]
            result.append((i, k, j))
            waiting += [(i, k), (k, j)]
    return result
