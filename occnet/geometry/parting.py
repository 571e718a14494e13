"""Bodies that touch along edges or in vertices, parted: each edge gets two faces, and each vertex one fan of faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from occnet.geometry.cleaning import is_closed, merge_vertices
from occnet.mesh import Mesh
from occnet.vectors import normalized

_SAME_ANGLE = 1e-9  # in radians; faces closer than that around an edge lie on one another


def parted(mesh: Mesh, gap: float = 0.0) -> Mesh:
    """The same closed, outward surface with vertices of its own for each body and each fan of faces; faces keep their order.

    Around an edge of four and more faces, those are joined that have solid between them, so that bodies which touch there come
    apart. gap: how far vertices that share a place move into their own body, in the mesh's units; with 0 they stay. Colours and
    normals are kept. A mesh that is not closed comes back as it is.
    Source: Guéziec, Taubin, Lazarus, Horn, Cutting and stitching: converting sets of polygons to manifold surfaces, 2001.
    """
    mesh = merge_vertices(mesh)
    if not is_closed(mesh):
        return mesh
    one, other = _joined_halves(mesh)
    count = 3 * len(mesh.faces)
    first = np.concatenate([one, _next(one)])  # corners at the two ends of each joined edge
    second = np.concatenate([_next(other), other])
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(count, count))
    _, fan = connected_components(graph, directed=False)
    _, corner, fan = np.unique(fan, return_index=True, return_inverse=True)
    source = mesh.faces.reshape(-1)[corner]  # the vertex that each fan had
    vertices = mesh.vertices[source]
    faces = fan.reshape(-1, 3)
    shared = np.bincount(source, minlength=len(mesh.vertices))[source] > 1
    if gap and shared.any():
        vertices = vertices - gap * shared[:, None] * _directions(vertices, faces)
    normals = None if mesh.normals is None else mesh.normals[source]
    colors = None if mesh.colors is None else mesh.colors[source]
    return Mesh(vertices, faces, normals, colors)


def bodies_of(mesh: Mesh) -> list[Mesh]:
    """The connected parts of a mesh by its vertices, each a mesh of its own without colours and normals."""
    start, end = mesh.faces[:, [0, 1]].reshape(-1), mesh.faces[:, [1, 2]].reshape(-1)
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(mesh.vertices),) * 2)
    _, part = connected_components(graph, directed=False)
    part = part[mesh.faces[:, 0]]
    order = np.argsort(part, kind="stable")
    found = []
    for rows in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
        used, faces = np.unique(mesh.faces[rows], return_inverse=True)
        found.append(Mesh(mesh.vertices[used], faces.reshape(-1, 3)))
    return found


def _joined_halves(mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of half-edges (corner 3 f + k to the next one of face f) that run along an edge in opposite directions."""
    start, end = mesh.faces.reshape(-1), np.roll(mesh.faces, -1, axis=1).reshape(-1)
    forward = start < end
    _, edge, faces = np.unique(
        np.minimum(start, end) * len(mesh.vertices) + np.maximum(start, end), return_inverse=True, return_counts=True
    )
    plain = faces[edge] == 2
    order = np.lexsort((forward, edge))
    order = order[plain[order]].reshape(-1, 2)
    pairs = [(order[:, 0], order[:, 1])]
    crowded = np.flatnonzero(~plain)
    crowded = crowded[np.argsort(edge[crowded], kind="stable")]
    for halves in np.split(crowded, np.flatnonzero(np.diff(edge[crowded])) + 1) if len(crowded) else []:
        pairs.append(_around(mesh, halves, forward[halves]))
    one, other = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return one, other


def _around(mesh: Mesh, halves: NDArray[np.int64], forward: NDArray[np.bool_]) -> tuple[NDArray, NDArray]:
    """Pairs among the half-edges of one edge, so that each pair has solid between its two faces.

    Going around the edge, counter-clockwise seen from its end, solid begins at a face that runs backward and ends at one that
    runs forward: brackets that open and close.
    """
    flat = mesh.faces.reshape(-1)
    low, high = flat[halves[0]], flat[_next(halves[:1])[0]]
    low, high = min(low, high), max(low, high)
    along = mesh.vertices[high] - mesh.vertices[low]
    along = along / max(float(np.linalg.norm(along)), 1e-300)
    across = mesh.vertices[flat[_next(_next(halves))]] - mesh.vertices[low]
    across = across - np.outer(across @ along, along)
    first = across[0] / max(float(np.linalg.norm(across[0])), 1e-300)
    angle = np.arctan2(across @ np.cross(along, first), across @ first) % (2.0 * np.pi)
    angle = np.rint(angle / _SAME_ANGLE) % round(2.0 * np.pi / _SAME_ANGLE)
    order = np.lexsort((~forward, angle))  # where faces lie on one another, one body ends before the other begins
    level = np.cumsum(np.where(forward[order], -1, 1))
    order = np.roll(order, -(int(level.argmin()) + 1))  # from the emptiest place on, no bracket closes that is not open
    opened: list[int] = []
    one, other = [], []
    for half, closes in zip(halves[order].tolist(), forward[order].tolist(), strict=True):
        if closes:
            one.append(opened.pop())
            other.append(half)
        else:
            opened.append(half)
    return np.array(one), np.array(other)


def _next(corner: NDArray[np.int64]) -> NDArray[np.int64]:
    return corner - corner % 3 + (corner + 1) % 3


def _directions(vertices: NDArray, faces: NDArray) -> NDArray[np.float64]:
    """Unit vectors out of the body at its vertices, (V, 3)."""
    normals = Mesh(vertices, faces).face_normals
    total = np.zeros_like(vertices)
    np.add.at(total, faces, normals[:, None])
    return normalized(total)
