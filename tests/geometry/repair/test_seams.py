"""Seams close without moving what is not beside them."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.cleaning import is_closed, merge_vertices
from occnet.geometry.repair.seams import border_edges, zipped
from occnet.mesh import Mesh


def side_by_side(*parts: tuple[np.ndarray, np.ndarray]) -> Mesh:
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in parts])
    faces = [faces + start for (_, faces), start in zip(parts, starts, strict=False)]
    return merge_vertices(Mesh(np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces)))


def test_halves_that_differ_by_rounding_become_one_ball() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
    upper = ball.triangles_center[:, 2] > 0
    rounded = ball.vertices + 1e-7 * np.random.default_rng(0).standard_normal(ball.vertices.shape)
    halves = side_by_side((ball.vertices, ball.faces[upper]), (rounded, ball.faces[~upper]))
    assert border_edges(halves) == 96
    whole = zipped(halves)
    assert is_closed(whole)
    assert len(whole.vertices) == len(ball.vertices)
    assert whole.volume == pytest.approx(ball.volume, rel=1e-6)


@pytest.mark.parametrize("cuts", [1, 2, 4])
def test_a_fine_side_meets_the_coarse_rest_of_a_box(cuts: int) -> None:
    box = trimesh.creation.box((1.0, 0.8, 0.6))
    top = box.face_normals[:, 2] > 0.5
    fine = trimesh.Trimesh(box.vertices, box.faces[top], process=False)
    for _ in range(cuts):
        fine = fine.subdivide()
    seam = side_by_side((box.vertices, box.faces[~top]), (fine.vertices, fine.faces))
    assert not is_closed(seam)
    whole = zipped(seam)
    assert is_closed(whole)
    assert whole.volume == pytest.approx(0.48, rel=1e-12)
    added = 4 * (2**cuts - 1)  # one for each vertex on each of the four edges
    assert len(whole.faces) == len(seam.faces) + added
    assert len(whole.vertices) == len(seam.vertices)


def test_vertices_on_all_edges_of_one_face_are_met() -> None:
    made = trimesh.creation.icosahedron().subdivide()
    coarse = trimesh.creation.icosahedron()
    faces = np.concatenate([made.faces, [coarse.faces[0] + len(made.vertices)]])
    inner = np.isclose(made.triangles_center[:, None], coarse.triangles_center[0], atol=1e-9).all(axis=2)[:, 0]
    four = np.argsort(np.linalg.norm(made.triangles_center - coarse.triangles_center[0], axis=1))[:4]
    assert inner.sum() == 1
    mesh = Mesh(np.concatenate([made.vertices, coarse.vertices]) / 2.0, np.delete(faces, four, axis=0))
    assert is_closed(zipped(merge_vertices(mesh)))


def test_openings_and_slits_wider_than_rounding_stay() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.5)
    opened = Mesh(ball.vertices, ball.faces[7:])
    assert zipped(opened) is opened
    upper = ball.triangles_center[:, 2] > 0
    apart = side_by_side((ball.vertices + np.array([0.0, 0.0, 1e-3]), ball.faces[upper]), (ball.vertices, ball.faces[~upper]))
    assert zipped(apart) is apart
    whole = Mesh(ball.vertices, ball.faces)
    assert zipped(whole) is whole
