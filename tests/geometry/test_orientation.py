"""Winding that is put right, and winding that is left alone."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.orientation import outward
from occnet.mesh import Mesh


def _mesh(part: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(part.vertices), np.asarray(part.faces))


def _together(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def _box(low: list[float], high: list[float]) -> Mesh:
    return _mesh(trimesh.creation.box(bounds=[low, high]))


def _turned(mesh: Mesh, rows: np.ndarray) -> Mesh:
    faces = mesh.faces.copy()
    faces[rows] = faces[rows][:, ::-1]
    return Mesh(mesh.vertices, faces)


def _normals_agree(first: Mesh, second: Mesh) -> bool:
    return bool((np.einsum("fi,fi->f", first.face_normals, second.face_normals) > 0).all())


TORUS = _mesh(trimesh.creation.torus(0.3, 0.1))


def test_a_well_wound_mesh_is_the_same_object() -> None:
    nested = _together(_box([-2, -2, -2], [2, 2, 2]), _box([-1, -1, -1], [1, 1, 1]).flipped(), TORUS)
    for mesh in (TORUS, nested, Mesh(TORUS.vertices, TORUS.faces[40:])):
        assert outward(mesh) is mesh


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_random_flips_on_one_body_are_undone(share: float) -> None:
    rows = np.flatnonzero(np.random.default_rng(0).random(len(TORUS.faces)) < share)
    assert _normals_agree(outward(_turned(TORUS, rows)), TORUS)


def test_each_closed_body_is_judged_alone() -> None:
    mesh = _together(_box([0, 0, 0], [1, 1, 1]), _box([2, 0, 0], [3, 1, 1]), TORUS)
    assert _normals_agree(outward(_turned(mesh, np.arange(12, 24))), mesh)
    assert _normals_agree(outward(mesh.flipped()), Mesh(mesh.vertices, mesh.faces))


def test_open_bodies_are_judged_together() -> None:
    box = _box([0, 0, 0], [1, 1, 1])
    panels = _together(*(Mesh(box.vertices, box.faces[k : k + 1]) for k in range(12)))  # twelve triangles, none touching
    spread = Mesh(
        panels.vertices * [1.0, 1.0, 1.0] + 0.01 * np.repeat(np.arange(12), 8)[:, None] * [[1e-3, 0, 0]], panels.faces
    )
    assert outward(spread) is spread
    assert _normals_agree(outward(spread.flipped()), spread)


def test_faces_that_touch_at_an_edge_of_four_do_not_confuse() -> None:
    first, second = _box([0, 0, 0], [1, 1, 1]), _box([1, 1, 0], [2, 2, 1])  # joined along one edge, welded by position
    mesh = _together(first, second)
    assert outward(mesh) is mesh
    assert _normals_agree(outward(_turned(mesh, np.array([0, 3, 13]))), mesh)


def test_bodies_that_touch_are_not_taken_for_neighbours_where_both_lost_a_face() -> None:
    """Along a line of eight edges of four faces; at one of them a face of each body is missing, and the others disagree."""
    boxes = [trimesh.creation.box(bounds=bounds) for bounds in ([[0, 0, 0], [1, 1, 1]], [[1, 1, 0], [3, 3, 1]])]
    for _ in range(3):
        boxes = [box.subdivide() for box in boxes]
    mesh = _together(*map(_mesh, boxes))
    ends = np.stack([mesh.triangles, np.roll(mesh.triangles, -1, axis=1)], axis=2)  # (F, 3, 2, 3)
    at_line = np.isclose(ends[..., :2], 1.0).all(axis=(2, 3))
    upward = at_line & (ends[:, :, 1, 2] > ends[:, :, 0, 2])
    lowest = np.isclose(ends[..., 2].min(axis=2), 0.5)
    lost = (upward & lowest).any(axis=1)
    assert lost.sum() == 2
    broken = Mesh(mesh.vertices, mesh.faces[~lost])
    assert outward(broken) is broken
    flips = np.flatnonzero(np.random.default_rng(0).random(len(broken.faces)) < 0.1)
    assert _normals_agree(outward(_turned(broken, flips)), broken)


def test_normals_and_degenerate_faces_survive() -> None:
    mesh = Mesh(np.zeros((3, 3)), np.array([[0, 0, 0], [0, 1, 2]]))
    assert outward(mesh) is mesh
    line = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]]))
    assert outward(line) is line
