"""Parts of a reconstructed surface that the scan gives no reason for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.cleaning import drop_unused_vertices
from occnet.geometry.half_edges import vertex_parts
from occnet.geometry.inside import is_inside
from occnet.mesh import Mesh

_BESIDE = 9  # a point and those next to it
_SPLINTER = 0.01  # share of the points that a part beside a larger one needs


def drop_unsupported(mesh: Mesh, points: NDArray[np.floating], least: int) -> Mesh:
    """The mesh without those of its parts that are the nearest surface to fewer than least points, (N, 3).

    A part is a connected piece of surface: a floating blob around an outlier goes, and so does a bubble inside a solid that no
    point lies near. The part with the most points always stays. least: 0 keeps everything.
    """
    if least < 1 or not len(mesh.faces):
        return mesh
    part = vertex_parts(mesh.faces, len(mesh.vertices))
    if not part.any():  # one part, as most are: it stays
        return mesh
    support = np.bincount(part[KDTree(mesh.vertices).query(points)[1]], minlength=int(part.max()) + 1)
    keep = support >= min(least, int(support.max()))
    if keep.all():
        return mesh
    part_of_face = part[mesh.faces[:, 0]]
    keep &= ~_orphaned_cavities(mesh, part_of_face, keep)
    return drop_unused_vertices(replace(mesh, faces=mesh.faces[keep[part_of_face]]))


def drop_splinters(mesh: Mesh, points: NDArray[np.floating]) -> Mesh:
    """The mesh without small parts beside a larger one, which the points (N, 3) do not show to be apart.

    Such a part is the nearest surface to less than one in a hundred of the points, and one of them has points of a larger part
    among its nearest. So goes what splits off where a thing ends in a sensor's picture; a small thing at a distance stays.
    """
    if not len(mesh.faces):
        return mesh
    part = vertex_parts(mesh.faces, len(mesh.vertices))
    if not part.any():
        return mesh
    of_point = part[KDTree(mesh.vertices).query(points)[1]]
    support = np.bincount(of_point, minlength=int(part.max()) + 1)
    if np.count_nonzero(support) < 2:
        return mesh
    near = np.asarray(KDTree(points).query(points, k=min(_BESIDE, len(points)))[1]).reshape(len(points), -1)
    beside = np.zeros(len(support), dtype=bool)
    beside[of_point[support[of_point[near]].max(axis=1) > support[of_point]]] = True
    keep = ~beside | (support >= _SPLINTER * len(points))
    keep &= ~_orphaned_cavities(mesh, part[mesh.faces[:, 0]], keep)
    return drop_unused_vertices(replace(mesh, faces=mesh.faces[keep[part[mesh.faces[:, 0]]]]))


def _orphaned_cavities(mesh: Mesh, part_of_face: NDArray[np.int32], keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which parts bound a cavity of a body that is not kept: alone they would be inside out."""
    a, b, c = mesh.triangles.transpose(1, 0, 2)
    volume = np.bincount(part_of_face, np.einsum("ij,ij->i", a, np.cross(b, c)), minlength=len(keep))
    cavities = np.flatnonzero(keep & (volume < 0))
    orphaned = np.zeros(len(keep), dtype=bool)
    if len(cavities):
        bodies = drop_unused_vertices(replace(mesh, faces=mesh.faces[(keep & (volume > 0))[part_of_face]]))
        first = [mesh.faces[np.argmax(part_of_face == cavity), 0] for cavity in cavities]
        orphaned[cavities] = ~is_inside(bodies, mesh.vertices[first]) if len(bodies.faces) else True
    return orphaned
