"""What of a surface a scan saw: the part that lies at its points, cut off smoothly from the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.cleaning import drop_unused_vertices
from occnet.geometry.clipping import clipped
from occnet.geometry.half_edges import HalfEdges, connected, vertex_parts
from occnet.mesh import Mesh

REACH = 2.2  # spacings of the points up to which the surface is taken for seen, at first: gaps between points close
_BACK = 1.4  # spacings by which the boundary then goes back to the outermost points, rounded by the way out and in
_HOLE = 6.0  # spacings across: smaller holes in what is seen are none


def seen_part(
    mesh: Mesh,
    points: NDArray[np.floating],
    spacing: NDArray[np.floating],
    least_support: int = 4,
) -> Mesh:
    """The part of the mesh that lies at the points (N, 3), with smooth boundaries close to the outermost of them.

    spacing: (N,) between neighbouring points, at each. What is farther than 2.2 spacings from every point is cut off, and then
    a seam of 1.4 spacings along the cut; holes of up to six spacings across are none. least_support: pieces that are the
    nearest surface to fewer points are dropped. No face is left where nothing of the mesh is near the points.
    """
    tree = KDTree(points)
    distance, nearest = tree.query(mesh.vertices)
    usual = np.maximum(spacing[nearest], np.finfo(np.float64).tiny)
    near = clipped(mesh, _without_small_holes(distance / usual - REACH, mesh, usual))
    if not len(near.faces):
        return near
    edges = HalfEdges(near.faces)
    rim = edges.sizes == 1
    if rim.any():
        ends = 0.5 * (near.vertices[edges.low[rim]] + near.vertices[edges.high[rim]])
        inward = KDTree(ends).query(near.vertices)[0]
        near = clipped(near, _BACK * spacing[tree.query(near.vertices)[1]] - inward)
    return _supported(near, points, least_support)


def _without_small_holes(values: NDArray[np.float64], mesh: Mesh, usual: NDArray[np.floating]) -> NDArray[np.float64]:
    """The values (V,) at the vertices, those above zero in small patches of the mesh set below it; usual: (V,) spacings."""
    start, end = mesh.faces.reshape(-1), np.roll(mesh.faces, -1, axis=1).reshape(-1)
    beyond = values > 0.0
    within = beyond[start] & beyond[end]
    patch = connected(start[within], end[within], len(values))
    areas = np.zeros(len(values))  # in squares of the spacing
    np.add.at(areas, patch[mesh.faces[:, 0]], mesh.face_areas / usual[mesh.faces[:, 0]] ** 2)
    small = beyond & (areas[patch] < 0.25 * np.pi * _HOLE**2)
    return np.where(small, -np.finfo(np.float64).eps, values)


def _supported(mesh: Mesh, points: NDArray[np.floating], least: int) -> Mesh:
    """The mesh without pieces that are the nearest surface to fewer than so many points; the one with the most stays."""
    if least < 1 or not len(mesh.faces):
        return mesh
    part = vertex_parts(mesh.faces, len(mesh.vertices))
    support = np.bincount(part[KDTree(mesh.vertices).query(points)[1]], minlength=int(part.max()) + 1)
    kept = (support >= min(least, int(support.max())))[part[mesh.faces[:, 0]]]
    return drop_unused_vertices(Mesh(mesh.vertices, mesh.faces[kept], mesh.normals, mesh.colors))
