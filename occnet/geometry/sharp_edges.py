"""Sharp edges of a mesh: where learning needs more samples than area gives them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.cleaning import merge_vertices
from occnet.mesh import Mesh


def sharp_edges(mesh: Mesh, angle: float = 30.0) -> NDArray[np.float64]:
    """End points of the edges whose two faces bend by more than angle degrees, (E, 2, 3)."""
    mesh = merge_vertices(mesh)
    normals = mesh.face_normals
    lengths = np.linalg.norm(normals, axis=1)
    start, end = mesh.faces.reshape(-1), np.roll(mesh.faces, -1, axis=1).reshape(-1)
    key = np.minimum(start, end) * len(mesh.vertices) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    pairs = first[np.diff(np.append(first, len(key))) == 2]
    one, two = order[pairs] // 3, order[pairs + 1] // 3
    proper = (lengths[one] > 0.0) & (lengths[two] > 0.0)
    cosine = np.einsum("ni,ni->n", normals[one], normals[two]) / np.maximum(lengths[one] * lengths[two], 1e-300)
    sharp = key[pairs[proper & (cosine < math.cos(math.radians(angle)))]]
    return mesh.vertices[np.stack([sharp // len(mesh.vertices), sharp % len(mesh.vertices)], axis=1)]


def sample_sharp_edges(mesh: Mesh, count: int, generator: np.random.Generator, angle: float = 30.0) -> NDArray[np.float64]:
    """Points spread by length over the sharp edges, (count, 3); none, (0, 3), when the mesh has no sharp edge."""
    edges = sharp_edges(mesh, angle)
    ends = np.cumsum(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1))
    if not len(ends):
        return np.zeros((0, 3))
    edge = np.searchsorted(ends, generator.random(count) * ends[-1], side="right")
    along = generator.random((count, 1))
    return (1.0 - along) * edges[edge, 0] + along * edges[edge, 1]
