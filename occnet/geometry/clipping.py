"""A mesh cut along a line on it: where a value that is known at its vertices passes zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.cleaning import drop_unused_vertices
from occnet.mesh import Mesh
from occnet.vectors import normalized

_LEAST_SHARE = 0.1  # of an edge, on either side of a cut through it: no slivers


def clipped(mesh: Mesh, values: NDArray[np.floating]) -> Mesh:
    """The part of the mesh where the values at its vertices, (V,) and linear in between, are at most zero.

    Faces that the line crosses are cut through, so that the new boundary is as smooth as the line; cuts stay a tenth of an edge
    away from vertices. What was manifold and oriented stays so. Normals and colours are mixed along the cut edges.
    """
    keep = values <= 0.0
    faces = mesh.faces
    kept = keep[faces].sum(axis=1)
    crossed = faces[(kept == 1) | (kept == 2)]
    if not len(crossed):
        return drop_unused_vertices(_of(mesh, faces[kept == 3]))
    # each crossed face turned so that the corner that is alone on its side comes first
    alone = np.where(keep[crossed].sum(axis=1)[:, None] == 1, keep[crossed], ~keep[crossed]).argmax(axis=1)
    a, b, c = (crossed[np.arange(len(crossed)), (alone + turn) % 3] for turn in range(3))
    ends = np.sort(np.stack([np.concatenate([a, a]), np.concatenate([b, c])], axis=1), axis=1)
    edges, index = np.unique(ends, axis=0, return_inverse=True)
    ab, ac = len(mesh.vertices) + index.reshape(2, -1)
    tip = keep[a]  # else the corner is cut off, and two faces are left
    parts = [
        faces[kept == 3],
        np.stack([a, ab, ac], axis=1)[tip],
        np.stack([ab, b, c], axis=1)[~tip],
        np.stack([ab, c, ac], axis=1)[~tip],
    ]
    low, high = values[edges].astype(np.float64).T
    share = np.clip(low / (low - high), _LEAST_SHARE, 1.0 - _LEAST_SHARE)
    return drop_unused_vertices(_of(_with_points_on(mesh, edges, share), np.concatenate(parts)))


def _with_points_on(mesh: Mesh, edges: NDArray[np.int64], share: NDArray[np.float64]) -> Mesh:
    """The mesh with one more vertex on each of the edges (E, 2), at a share (E,) of the way along it."""
    one, other = edges.T

    def mixed(rows: NDArray) -> NDArray[np.float64]:
        return rows[one] + share[:, None] * (rows[other].astype(np.float64) - rows[one])

    normals = None if mesh.normals is None else np.concatenate([mesh.normals, normalized(mixed(mesh.normals))])
    colors = None if mesh.colors is None else np.concatenate([mesh.colors, np.rint(mixed(mesh.colors)).astype(np.uint8)])
    return Mesh(np.concatenate([mesh.vertices, mixed(mesh.vertices)]), mesh.faces, normals, colors)


def _of(mesh: Mesh, faces: NDArray[np.int64]) -> Mesh:
    return Mesh(mesh.vertices, faces, mesh.normals, mesh.colors)
