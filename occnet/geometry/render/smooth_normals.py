"""Shading normals: smooth over rounded parts, sharp at creases."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.welding import welded
from occnet.mesh import Mesh
from occnet.vectors import normalized

_MANY = 64  # a vertex of more faces than this keeps its faces flat, so that the hub of a fan does not cost a square


def corner_normals(mesh: Mesh, faces: NDArray[np.int64], crease: float = 35.0) -> NDArray[np.float64]:
    """Unit normals at the corners of the given faces, (len(faces), 3, 3).

    faces: (N,) indices of faces. crease: degrees; the normal of a corner is the area-weighted mean over those faces around
    its vertex that bend from the corner's own face by less. Coincident vertices count as one. Zero for faces without area.
    """
    scaled = mesh.face_normals
    unit = normalized(scaled)
    vertex = welded(mesh.vertices).index[mesh.faces].reshape(-1)  # of each corner
    order = np.argsort(vertex, kind="stable")
    first = np.searchsorted(vertex[order], np.arange(vertex.max() + 2))
    corner = (3 * faces[:, None] + np.arange(3)).reshape(-1)
    valence = np.diff(first)[vertex[corner]]
    valence[valence > _MANY] = 0
    # every pair of a wanted corner and a face at its vertex
    row = np.repeat(np.arange(len(corner)), valence)
    place = np.arange(len(row)) - np.repeat(np.cumsum(valence) - valence, valence)
    other = order[first[vertex[corner[row]]] + place] // 3
    near = np.einsum("ni,ni->n", unit[corner[row] // 3], unit[other]) > math.cos(math.radians(crease))
    row, other = row[near], other[near]
    total = np.stack([np.bincount(row, scaled[other, axis], minlength=len(corner)) for axis in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    own = unit[corner // 3]
    return np.where(length > 0.0, total / np.maximum(length, 1e-300), own).reshape(-1, 3, 3)
