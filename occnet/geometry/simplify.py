"""Fewer faces for the same solid, by collapsing the edges that matter least."""

from __future__ import annotations

import numpy as np

from occnet.errors import MeshError
from occnet.geometry.certificate import certify
from occnet.mesh import Frame, Mesh


def simplify(mesh: Mesh, faces: int) -> Mesh:
    """A closed mesh with at most the given number of faces, or the fewest that keep its topology; normals are dropped.

    mesh: closed and manifold. faces: at least 4.
    Raises MeshError when mesh is not closed and manifold, or the result would not be.
    Source: quadric error metrics, Garland and Heckbert 1997, by libigl; Mescheder et al. 2019, section 3.3.
    """
    if faces < 4:
        raise MeshError(f"A closed mesh has at least 4 faces, but {faces} were asked for.")
    _require_solid(mesh, "to be simplified")
    if len(mesh.faces) <= faces:
        return Mesh(mesh.vertices, mesh.faces)
    import igl  # here, for it takes time to import and a reconstruction does not need it

    frame = Frame.of(mesh.vertices)  # quadrics are sums of fourth powers of coordinates: keep these near 1
    vertices, triangles, _, _ = igl.qslim(np.asfortranarray(frame.to_unit(mesh.vertices)), _int32(mesh.faces), faces, True)
    result = Mesh(frame.to_original(vertices), np.asarray(triangles))
    _require_solid(result, "after simplification; ask for more faces")
    return result


def _int32(faces: np.ndarray) -> np.ndarray:
    return np.asfortranarray(faces.astype(np.int32))


def _require_solid(mesh: Mesh, when: str) -> None:
    found = certify(mesh, examined_faces=0)
    if not (found.closed and found.edge_manifold and found.vertex_manifold and found.oriented):
        raise MeshError(f"The mesh must be closed and manifold {when}, but has {found.problems}.")
