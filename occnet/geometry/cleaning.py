"""Meshes without what files carry along: copies of vertices, faces without area, vertices without faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.errors import MeshError
from occnet.geometry.half_edges import HalfEdges
from occnet.geometry.welding import welded
from occnet.mesh import Frame, Mesh


def merge_vertices(mesh: Mesh) -> Mesh:
    """The same surface with every position stored once; normals and colours are those of the first of equal vertices.

    Positions are equal when they are equal exactly: vertices that merely lie close stay apart. Vertices come in the order
    of their first appearance; faces keep their number and order.
    """
    weld = welded(mesh.vertices)
    order = np.argsort(weld.first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return selected(mesh, weld.first[order], rank[weld.index][mesh.faces])


def drop_bad_faces(mesh: Mesh) -> Mesh:
    """The same surface without faces that name one vertex twice or repeat the three vertices of an earlier face.

    Faces with three different vertices on a line stay, for without them the mesh would have a crack. A pair of faces that
    are each other's reverse stays too: it is a sheet with two sides.
    """
    faces = mesh.faces
    proper = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    turned = faces[np.arange(len(faces))[:, None], (faces.argmin(axis=1)[:, None] + np.arange(3)) % 3]  # keeps the winding
    unique = np.zeros(len(faces), dtype=bool)
    unique[welded(turned).first] = True
    return selected(mesh, np.arange(len(mesh.vertices)), faces[proper & unique])


def each_face_once(mesh: Mesh) -> Mesh:
    """The same surface without faces that repeat the three vertices of an earlier one, whichever way they wind."""
    first = np.sort(welded(np.sort(mesh.faces, axis=1)).first)
    return mesh if len(first) == len(mesh.faces) else selected(mesh, np.arange(len(mesh.vertices)), mesh.faces[first])


def drop_unused_vertices(mesh: Mesh) -> Mesh:
    """The same surface without the vertices that no face names."""
    used, faces = np.unique(mesh.faces, return_inverse=True)
    return selected(mesh, used, faces.reshape(-1, 3))


def clean(mesh: Mesh) -> Mesh:
    """The same surface with merged vertices and without bad faces and unused vertices."""
    return drop_unused_vertices(drop_bad_faces(merge_vertices(mesh)))


def face_heights(mesh: Mesh) -> NDArray[np.float64]:
    """The least height of each face, (F,); 0 where it has no area."""
    corners = mesh.triangles
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    return 2.0 * mesh.face_areas / np.maximum(longest, 1e-300)


def is_closed(mesh: Mesh) -> bool:
    """Whether the surface has no boundary: each edge is run through as often one way as the other (coincident vertices
    count as one). Then the winding number is whole everywhere. Bodies may overlap, and more than two faces share an edge.
    """
    return len(mesh.faces) > 0 and not HalfEdges(merge_vertices(mesh).faces).excess.any()


def unit_mesh(mesh: Mesh) -> tuple[Mesh, Frame]:
    """The mesh moved into the unit cube by its longest edge, and the frame that moves it back.

    Vertices that no face names do not count for the frame.

    Raises MeshError when the mesh has no faces or no size.
    """
    if not len(mesh.faces):
        raise MeshError("A mesh without faces has no size; give a surface mesh.")
    corners = mesh.vertices[np.unique(mesh.faces)]
    if not (corners.max(axis=0) > corners.min(axis=0)).any():
        raise MeshError("All vertices of the mesh coincide, so that it has no size; give a mesh of a real surface.")
    frame = Frame.of(corners)
    return frame.mesh_to_unit(mesh), frame


def selected(mesh: Mesh, rows: NDArray, faces: NDArray) -> Mesh:
    """A mesh of these vertices (V,), each as often as asked, with their normals and colours, and of these faces (F, 3)."""
    normals = None if mesh.normals is None else mesh.normals[rows]
    colors = None if mesh.colors is None else mesh.colors[rows]
    return Mesh(mesh.vertices[rows], faces, normals, colors)
