"""The colours of one mesh on another that has much the same surface, as a repaired mesh has."""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray

from occnet.mesh import Mesh


def painted(mesh: Mesh, source: Mesh) -> Mesh:
    """The same surface in the colours of the source: each face in those of the source's face nearest to its middle.

    Where faces of different colours meet, a vertex comes once for each of them. Normals are left out. source: has colours.
    """
    _, face = _nearest(source, mesh.triangles.mean(axis=1))
    corners = mesh.faces.reshape(-1)
    colors = _mixed(source, np.repeat(face, 3), mesh.vertices[corners])
    packed = corners << 24 | colors.astype(np.int64) @ [1 << 16, 1 << 8, 1]
    distinct, first, index = np.unique(packed, return_index=True, return_inverse=True)
    return Mesh(mesh.vertices[distinct >> 24], index.reshape(-1, 3), None, colors[first])


def painted_vertices(mesh: Mesh, source: Mesh) -> Mesh:
    """The same mesh with one colour a vertex: that of the nearest point of the source, which has colours."""
    points, face = _nearest(source, mesh.vertices)
    return Mesh(mesh.vertices, mesh.faces, mesh.normals, _mixed(source, face, points))


def _nearest(source: Mesh, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The nearest point of the source to each point, (N, 3), and its face, (N,)."""
    tree = igl.AABB()
    tree.init(source.vertices, source.faces)
    _, face, nearest = tree.squared_distance(source.vertices, source.faces, np.ascontiguousarray(points))
    return np.asarray(nearest), np.asarray(face).reshape(-1).astype(np.int64)


def _mixed(source: Mesh, face: NDArray[np.int64], points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The source's colours at points on or near these faces of it, (N, 3)."""
    assert source.colors is not None
    a, b, c = source.triangles[face].transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    squared = np.maximum(np.einsum("ni,ni->n", normal, normal), 1e-300)
    second = np.einsum("ni,ni->n", np.cross(points - a, c - a), normal) / squared
    third = np.einsum("ni,ni->n", np.cross(b - a, points - a), normal) / squared
    weights = np.clip(np.stack([1.0 - second - third, second, third], axis=1), 0.0, 1.0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    return np.rint(np.einsum("nk,nki->ni", weights, source.colors[source.faces[face]])).astype(np.uint8)
