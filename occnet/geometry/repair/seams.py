"""Seams along which a surface merely looks closed: rounded copies of vertices joined, and edges cut at the vertices on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.cleaning import clean
from occnet.geometry.half_edges import HalfEdges, connected
from occnet.mesh import Mesh

_WIDEST = 1e-5  # gap that is rounding and no opening, in longest edges: single precision at 100 times the size of the mesh
_SHARE = 0.25  # of the shortest border edge at a vertex, beyond which it is joined with no other
_PASSES = 8  # an edge of a face is cut in each, and a face has three; where cuts meet, one leads to another


def zipped(mesh: Mesh) -> Mesh:
    """The same surface with its seams closed: where it ends along two lines that are one but for rounding, they become one.

    A vertex on the border becomes one with those on the border within 1e-5, and an edge of the border that runs past vertices
    of it is cut there, so that a wall of two triangles and one of a hundred meet (a seam of T-junctions). Faces elsewhere stay
    as they are. mesh: in the unit cube, coincident vertices merged; without colours and normals. A mesh that this joins nowhere
    comes back, the very same object.
    """
    before = border_edges(mesh)
    if not before:
        return mesh
    result = clean(_with_border_welded(mesh))
    for _ in range(_PASSES):
        cut = _with_border_cut(result)
        if cut is result:
            break
        result = cut
    return result if border_edges(result) < before else mesh


def border_edges(mesh: Mesh) -> int:
    """The number of edges with one face only."""
    return int((HalfEdges(mesh.faces).sizes == 1).sum())


def _border(mesh: Mesh) -> NDArray[np.int64]:
    """The half-edges along which the surface ends, ascending."""
    edges = HalfEdges(mesh.faces)
    return np.sort(edges.of((edges.sizes == 1) & edges.proper))


def _with_border_welded(mesh: Mesh) -> Mesh:
    edges = HalfEdges(mesh.faces)
    half = _border(mesh)
    start, end = edges.start[half], edges.end[half]
    length = np.linalg.norm(mesh.vertices[end] - mesh.vertices[start], axis=1)
    reach = np.full(len(mesh.vertices), _WIDEST)
    for vertex in (start, end):
        np.minimum.at(reach, vertex, _SHARE * length)
    on_border = np.unique(np.concatenate([start, end]))
    places = mesh.vertices[on_border]
    one, other = on_border[KDTree(places).query_pairs(_WIDEST, output_type="ndarray")].reshape(-1, 2).T
    near = np.linalg.norm(mesh.vertices[one] - mesh.vertices[other], axis=1) <= np.minimum(reach[one], reach[other])
    group = connected(one[near], other[near], len(mesh.vertices))
    first = np.unique(group, return_index=True)[1]
    return Mesh(mesh.vertices, first[group][mesh.faces])


def _with_border_cut(mesh: Mesh) -> Mesh:
    """The mesh with one border edge of each face cut at all vertices of the border that lie on it; itself if none does."""
    edges = HalfEdges(mesh.faces)
    half = _border(mesh)
    if not len(half):
        return mesh
    on_border = np.unique(np.concatenate([edges.start[half], edges.end[half]]))
    start, end = mesh.vertices[edges.start[half]], mesh.vertices[edges.end[half]]
    length = np.linalg.norm(end - start, axis=1)
    tree = KDTree(mesh.vertices[on_border])
    near = tree.query_ball_point(0.5 * (start + end), 0.5 * length + _WIDEST)
    rows = np.repeat(np.arange(len(half)), [len(some) for some in near])
    vertex = on_border[np.concatenate([np.asarray(some, dtype=np.int64) for some in near])]
    offset = mesh.vertices[vertex] - start[rows]
    along = (end - start)[rows] / length[rows, None]
    place = np.einsum("ni,ni->n", offset, along)
    beside = np.linalg.norm(offset - place[:, None] * along, axis=1)
    third = mesh.faces[half // 3, (half + 2) % 3][rows]
    good = (beside <= _WIDEST) & (place > _WIDEST) & (place < length[rows] - _WIDEST) & (vertex != third)
    rows, vertex, place = rows[good], vertex[good], place[good]
    face = half[rows] // 3
    first_edge = np.full(len(mesh.faces), len(half))
    np.minimum.at(first_edge, face, rows)
    good = first_edge[face] == rows
    rows, vertex, place, face = rows[good], vertex[good], place[good], face[good]
    if not len(rows):
        return mesh
    return Mesh(mesh.vertices, _fans(mesh.faces, half[rows], vertex, place))


def _fans(faces: NDArray[np.int64], half: NDArray[np.int64], vertex: NDArray[np.int64], place: NDArray) -> NDArray[np.int64]:
    """Faces with some edges cut: of each of these half-edges (N,), at a vertex (N,) this far along it (N,); one edge a face."""
    order = np.lexsort((place, half))
    half, vertex = half[order], vertex[order]
    last = np.append(half[1:] != half[:-1], True)
    first = np.roll(last, 1)
    corner = half % 3
    start, end, third = (faces[half // 3, (corner + step) % 3] for step in range(3))
    begin = np.where(first, start, np.roll(vertex, 1))
    pieces = np.stack([begin, vertex, third], axis=1)
    closing = np.stack([vertex, end, third], axis=1)[last]
    kept = np.ones(len(faces), dtype=bool)
    kept[half // 3] = False
    return np.concatenate([faces[kept], pieces, closing])
