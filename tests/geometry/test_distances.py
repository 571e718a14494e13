"""Distances are those of geometry, inside and outside alike, and the limits of their colours are round."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.distances import distances_to_mesh, distances_to_points, round_limit
from occnet.mesh import Mesh


def test_distances_to_a_box():
    made = trimesh.creation.box((2.0, 2.0, 2.0))
    box = Mesh(np.asarray(made.vertices), np.asarray(made.faces))
    places = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 3.0], [2.0, 2.0, 1.0], [1.0, 0.3, 0.2]])
    np.testing.assert_allclose(distances_to_mesh(places, box), [1.0, 2.0, np.sqrt(2.0), 0.0], atol=1e-12)


def test_distances_to_points_are_the_least():
    generator = np.random.default_rng(0)
    places, points = generator.normal(size=(40, 3)), generator.normal(size=(60, 3))
    slow = np.linalg.norm(places[:, None] - points, axis=2).min(axis=1)
    np.testing.assert_allclose(distances_to_points(places, points), slow)


@pytest.mark.parametrize(("most", "limit"), [(0.031, 0.05), (1.0, 1.0), (7.0, 10.0), (2.0, 2.0), (1.2e-4, 2e-4), (0.0, 0.0)])
def test_limits_are_round(most: float, limit: float):
    assert round_limit(np.full(100, most)) == pytest.approx(limit)
    assert round_limit(np.zeros(0)) == 0.0
