"""Bodies that touch along edges or in vertices, parted: each edge gets two faces, and each vertex one fan of faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.cleaning import drop_unused_vertices, is_closed, merge_vertices, selected
from occnet.geometry.half_edges import HalfEdges, connected, following, vertex_parts
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
    first = np.concatenate([one, following(one)])  # corners at the two ends of each joined edge
    second = np.concatenate([following(other), other])
    fan = connected(first, second, 3 * len(mesh.faces))
    _, corner, fan = np.unique(fan, return_index=True, return_inverse=True)
    source = mesh.faces.reshape(-1)[corner]  # the vertex that each fan had
    result = selected(mesh, source, fan.reshape(-1, 3))
    shared = np.bincount(source, minlength=len(mesh.vertices))[source] > 1
    if not gap or not shared.any():
        return result
    return result.with_vertices(result.vertices - gap * shared[:, None] * _directions(result))


def bodies_of(mesh: Mesh) -> list[Mesh]:
    """The connected parts of a mesh by its vertices, each a mesh of its own without colours and normals."""
    part = vertex_parts(mesh.faces, len(mesh.vertices))[mesh.faces[:, 0]]
    order = np.argsort(part, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(part[order])) + 1)
    return [drop_unused_vertices(Mesh(mesh.vertices, mesh.faces[rows])) for rows in groups]


def _joined_halves(mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of half-edges (corner 3 f + k to the next one of face f) that run along an edge in opposite directions."""
    edges = HalfEdges(mesh.faces)
    forward = edges.start < edges.end
    plain = edges.sizes == 2
    one, other = edges.pairs(plain)
    pairs = [(np.where(forward[one], other, one), np.where(forward[one], one, other))]
    for halves in np.split(edges.of(~plain), np.cumsum(edges.sizes[~plain])[:-1]) if not plain.all() else []:
        pairs.append(_around(mesh, halves, forward[halves]))
    one, other = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return one, other


def _around(mesh: Mesh, halves: NDArray[np.int64], forward: NDArray[np.bool_]) -> tuple[NDArray, NDArray]:
    """Pairs among the half-edges of one edge, so that each pair has solid between its two faces.

    Going around the edge, counter-clockwise seen from its end, solid begins at a face that runs backward and ends at one that
    runs forward: brackets that open and close.
    """
    flat = mesh.faces.reshape(-1)
    low, high = flat[halves[0]], flat[following(halves[:1])[0]]
    low, high = min(low, high), max(low, high)
    along = mesh.vertices[high] - mesh.vertices[low]
    along = along / max(float(np.linalg.norm(along)), 1e-300)
    across = mesh.vertices[flat[following(following(halves))]] - mesh.vertices[low]
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


def _directions(mesh: Mesh) -> NDArray[np.float64]:
    """Unit vectors out of the body at its vertices, (V, 3)."""
    total = np.zeros_like(mesh.vertices)
    np.add.at(total, mesh.faces, mesh.face_normals[:, None])
    return normalized(total)
