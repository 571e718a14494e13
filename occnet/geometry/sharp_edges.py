"""Sharp edges of a mesh: where learning needs more samples than area gives them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.cleaning import merge_vertices
from occnet.geometry.half_edges import HalfEdges
from occnet.mesh import Mesh


def sharp_edges(mesh: Mesh, angle: float = 30.0) -> NDArray[np.float64]:
    """End points of the edges whose two faces bend by more than angle degrees, (E, 2, 3)."""
    mesh = merge_vertices(mesh)
    normals = mesh.face_normals
    lengths = np.linalg.norm(normals, axis=1)
    edges = HalfEdges(mesh.faces)
    paired = edges.sizes == 2
    one, two = (half // 3 for half in edges.pairs(paired))
    proper = (lengths[one] > 0.0) & (lengths[two] > 0.0)
    cosine = np.einsum("ni,ni->n", normals[one], normals[two]) / np.maximum(lengths[one] * lengths[two], 1e-300)
    sharp = np.flatnonzero(paired)[proper & (cosine < math.cos(math.radians(angle)))]
    return mesh.vertices[np.stack([edges.low[sharp], edges.high[sharp]], axis=1)]


def sample_sharp_edges(mesh: Mesh, count: int, generator: np.random.Generator, angle: float = 30.0) -> NDArray[np.float64]:
    """Points spread by length over the sharp edges, (count, 3); none, (0, 3), when the mesh has no sharp edge."""
    edges = sharp_edges(mesh, angle)
    ends = np.cumsum(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1))
    if not len(ends):
        return np.zeros((0, 3))
    edge = np.searchsorted(ends, generator.random(count) * ends[-1], side="right")
    along = generator.random((count, 1))
    return (1.0 - along) * edges[edge, 0] + along * edges[edge, 1]
