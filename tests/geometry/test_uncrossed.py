"""Moved vertices go as far as no faces pass through each other."""

from __future__ import annotations

import numpy as np
import trimesh

from occnet.geometry.soundness.intersections import self_intersections
from occnet.geometry.uncrossed import uncrossed
from occnet.mesh import Mesh


def test_only_what_crosses_stays_behind() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    before = Mesh(ball.vertices, ball.faces)
    vertices = 1.01 * ball.vertices
    vertices[[0, 1]] = -ball.vertices[[0, 1]]  # to the other side
    moved = before.with_vertices(vertices)
    assert len(self_intersections(moved))
    mesh = uncrossed(moved, before)
    assert not len(self_intersections(mesh))
    at_its_goal = (mesh.vertices == vertices).all(axis=1)
    assert 600 < at_its_goal.sum() < 640  # nearly all of 642
    others = np.ones(642, dtype=bool)
    others[[0, 1]] = False
    np.testing.assert_array_less(np.abs(np.linalg.norm(mesh.vertices[others], axis=1) - 1.0), 0.011)


def test_what_does_not_cross_goes_all_the_way_and_old_crossings_may_stay() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    before = Mesh(ball.vertices, ball.faces)
    moved = before.with_vertices(2.0 * ball.vertices)
    np.testing.assert_array_equal(uncrossed(moved, before).vertices, moved.vertices)
    both = Mesh(np.concatenate([ball.vertices, ball.vertices + 0.5]), np.concatenate([ball.faces, ball.faces + 162]))
    kept = uncrossed(both.with_vertices(1.1 * both.vertices), both)
    np.testing.assert_array_equal(self_intersections(kept)[:, 0] < 320, True)
    assert len(self_intersections(kept))
