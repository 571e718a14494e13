"""Colours find their way to a repaired mesh: faces keep theirs, new ones take those of their neighbours."""

from __future__ import annotations

import numpy as np
import trimesh

from occnet.geometry.cleaning import is_closed, merge_vertices
from occnet.geometry.repair.closing import close_up
from occnet.geometry.repair.painting import painted, painted_vertices
from occnet.mesh import Mesh
from occnet.pipeline.repair import repair_mesh

RED, BLUE = (200, 0, 0), (0, 0, 200)


def two_colored_box() -> Mesh:
    """A box whose upper half is red and whose lower half is blue; vertices between come once for each."""
    made = trimesh.creation.box((1.0, 0.8, 0.6)).subdivide().subdivide()
    upper = made.triangles_center[:, 1] > 0.0
    faces = np.concatenate([made.faces[upper], made.faces[~upper] + len(made.vertices)])
    colors = np.repeat(np.array([RED, BLUE], dtype=np.uint8), len(made.vertices), axis=0)
    return Mesh(np.tile(made.vertices, (2, 1)), faces, None, colors)


def sides(mesh: Mesh) -> np.ndarray:
    """How much the colours of each face differ from those of its half, (F,)."""
    assert mesh.colors is not None
    expected = np.where(mesh.triangles.mean(axis=1)[:, 1:2] > 0.0, RED, BLUE)
    return np.abs(mesh.colors[mesh.faces].astype(int) - expected[:, None]).max(axis=(1, 2))


def test_a_mesh_painted_by_itself_is_the_same() -> None:
    mesh = two_colored_box()
    whole = merge_vertices(mesh)
    again = painted(Mesh(whole.vertices, whole.faces), mesh)
    assert sides(again).max() == 0
    assert np.array_equal(np.sort(again.triangles, axis=None), np.sort(mesh.triangles, axis=None))


def test_closed_openings_take_the_colour_around_them() -> None:
    mesh = two_colored_box()
    clear = np.abs(mesh.triangles.mean(axis=1)[:, 1]) > 0.2  # a hole across both halves could be either
    broken = Mesh(mesh.vertices, mesh.faces[~(clear & (np.arange(len(mesh.faces)) % 9 == 0))], None, mesh.colors)
    closed = close_up(broken)
    assert closed.repairs
    assert is_closed(closed.mesh)
    assert sides(painted(closed.mesh, broken)).max() == 0


def test_a_repaired_file_keeps_its_colours_at_its_vertices() -> None:
    mesh = two_colored_box()
    broken = Mesh(mesh.vertices, mesh.faces[2:], None, mesh.colors)
    solid = repair_mesh(broken).mesh
    assert solid.colors is not None
    clear = np.abs(solid.vertices[:, 1]) > 0.05
    assert np.array_equal(solid.colors[clear], np.where(solid.vertices[clear, 1:2] > 0.0, RED, BLUE))


def test_between_the_corners_of_a_face_colours_are_mixed() -> None:
    face = np.array([[0, 1, 2]])
    colors = np.array([[0, 0, 0], [200, 0, 0], [0, 100, 0]], dtype=np.uint8)
    source = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), face, None, colors)
    points = np.array([[0.5, 0.0, 0.1], [0.25, 0.5, -0.1], [0.0, 2.0, 0.0]])
    found = painted_vertices(Mesh(points, face), source)
    assert found.colors is not None
    assert found.colors.tolist() == [[100, 0, 0], [50, 50, 0], [0, 100, 0]]
