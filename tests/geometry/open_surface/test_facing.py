"""Normals are turned to the front, on walls and overhangs too."""

from __future__ import annotations

import numpy as np

from occnet.geometry.open_surface.facing import turned_to_front
from occnet.geometry.sensors.sensor_normals import plane_normals
from tests.open_scenes import tabletop

UP = np.array([0.0, 0.0, 1.0])


def test_the_normals_of_a_mug_on_a_table_point_up_and_out() -> None:
    points = tabletop()
    generator = np.random.default_rng(0)
    normals = plane_normals(points) * generator.choice([-1.0, 1.0], (len(points), 1))
    turned = turned_to_front(points, normals, UP)
    assert np.abs(np.abs((turned * normals).sum(axis=1)) - 1.0).max() < 1e-12  # but for their sides they stay
    side = (points[:, 2] > 0.03) & (points[:, 2] < 0.37)
    outward = points[side] * [1, 1, 0] / 0.15
    assert ((turned[side] * outward).sum(axis=1) > 0.8).all()
    assert (turned[~side & (np.hypot(points[:, 0], points[:, 1]) > 0.2), 2] > 0.99).all()


def test_below_a_slight_overhang_they_point_down() -> None:
    generator = np.random.default_rng(0)
    angle, along = generator.uniform(-0.4, np.pi + 0.4, 6000), generator.uniform(0.0, 3.0, 6000)
    points = np.stack([np.cos(angle), along, np.sin(angle)], axis=1)  # a barrel vault that draws in at its feet
    turned = turned_to_front(points, plane_normals(points), UP)
    assert ((turned * points * [1, 0, 1]).sum(axis=1) > 0.9).all()
    assert turned[:, 2].min() < -0.35


def test_without_doubt_nothing_is_asked_of_neighbours() -> None:
    normals = np.array([[0.0, 0.6, 0.8], [0.0, 0.6, -0.8]])
    np.testing.assert_allclose(turned_to_front(np.zeros((2, 3)), normals, UP), [[0, 0.6, 0.8], [0, -0.6, 0.8]])
