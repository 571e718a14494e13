"""How often a mesh winds around points, in float64: the fast winding number of libigl is in float32."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.mesh import Mesh

FEW = 20_000_000  # pairs of a point and a face: up to so many the sum is faster than libigl's tree is built


def winding_numbers(mesh: Mesh, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Winding number of a mesh at each of some points, (N, 3) -> (N,): 1 within a solid, 0 outside of it.

    The sum of the solid angles of all faces (van Oosterom and Strackee 1983), or libigl's tree for many points.
    """
    if len(points) * len(mesh.faces) > FEW:
        import igl  # here, for it takes time to import and few meshes need it

        faces = mesh.faces.astype(np.int32)
        return np.asarray(igl.winding_number(mesh.vertices.copy(), faces, points)).reshape(-1)
    return np.array([_winding_number(mesh.triangles, point) for point in points])


def depths(mesh: Mesh, label: NDArray[np.integer], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Winding number of all other parts of a mesh at a vertex of each part, (P,), however near the others lie.

    label: (F,) part of each face, below P. points: (P, 3), number p a vertex of part p or a point outside of it.
    """
    a, b, c = (mesh.triangles - points[label][:, None]).transpose(1, 0, 2)
    own = np.bincount(label, _solid_angles(a, b, c), minlength=len(points)) / (4.0 * np.pi)
    return winding_numbers(mesh, points) - own


def _winding_number(triangles: NDArray[np.float64], point: NDArray[np.float64]) -> float:
    a, b, c = (triangles - point).transpose(1, 0, 2)
    return float(_solid_angles(a, b, c).sum() / (4.0 * np.pi))


def _solid_angles(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.float64]:
    """The solid angles of triangles seen from the origin, (F,), signed; of one that has a corner there, 0. a, b, c: (F, 3)."""
    of_a, of_b, of_c = (np.sqrt(np.einsum("ij,ij->i", side, side)) for side in (a, b, c))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c))
    share = of_a * of_b * of_c
    for first, second, length in ((a, b, of_c), (b, c, of_a), (c, a, of_b)):
        share += np.einsum("ij,ij->i", first, second) * length
    return 2.0 * np.arctan2(volume, share)
