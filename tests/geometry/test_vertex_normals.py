"""Smooth normals follow the surface, not the way it is cut into triangles."""

from __future__ import annotations

import numpy as np
import trimesh

from occnet.geometry.vertex_normals import with_vertex_normals
from occnet.mesh import Mesh


def normals_of(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    normals = with_vertex_normals(Mesh(vertices, faces)).normals
    assert normals is not None
    return normals


def test_those_of_a_ball_point_outward() -> None:
    ball = trimesh.creation.icosphere(subdivisions=4)
    normals = normals_of(3.0 * ball.vertices + 7.0, ball.faces)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0)
    assert (normals * ball.vertices).sum(axis=1).min() > 0.9999


def test_those_of_a_cube_point_along_its_diagonals_however_its_sides_are_cut() -> None:
    cube = trimesh.creation.box((2.0, 2.0, 2.0))
    for mesh in (cube, cube.subdivide()):
        corners = (np.abs(mesh.vertices) == 1.0).all(axis=1)
        assert corners.sum() == 8
        np.testing.assert_allclose(normals_of(mesh.vertices, mesh.faces)[corners], mesh.vertices[corners] / np.sqrt(3.0))


def test_faces_without_area_and_sheets_with_two_sides_give_no_nan() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0], [5, 5, 5]])
    faces = np.array([[0, 1, 2], [0, 2, 1], [0, 1, 3]])
    normals = normals_of(vertices, faces)
    np.testing.assert_array_equal(np.abs(normals[:3]), np.tile([0.0, 0, 1], (3, 1)))  # one of the two sides
    np.testing.assert_array_equal(normals[3:], 0.0)
