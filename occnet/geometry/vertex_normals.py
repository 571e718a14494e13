"""Smooth normals: how the surface faces at each vertex, as viewers shade it where a file says nothing of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from occnet.mesh import Mesh
from occnet.vectors import normalized


def with_vertex_normals(mesh: Mesh) -> Mesh:
    """The same mesh with a unit normal at each vertex: the mean of its faces' normals, each by its angle there.

    So they do not depend on how the surface is cut into triangles. A vertex whose faces have no area, or cancel each other out,
    gets the normal of its last face that has any, else (0, 0, 0).
    Source: Thürmer and Wüthrich, Computing vertex normals from polygonal facets, 1998.
    """
    triangles, unit = mesh.triangles, normalized(mesh.face_normals)
    sides = normalized(np.roll(triangles, -1, axis=1) - triangles)
    cosine = -np.einsum("fki,fki->fk", sides, np.roll(sides, 1, axis=1))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    total = np.zeros_like(mesh.vertices)
    np.add.at(total, mesh.faces, angle[..., None] * unit[:, None])
    lost = np.linalg.norm(total, axis=1) < _CANCELLED
    if lost.any():
        faces = mesh.faces[(unit != 0.0).any(axis=1)]
        one = np.zeros_like(total)
        one[faces] = unit[(unit != 0.0).any(axis=1)][:, None]
        total[lost] = one[lost]
    return replace(mesh, normals=normalized(total))


_CANCELLED = 1e-9  # length of a sum of normals that says nothing
