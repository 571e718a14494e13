"""The plane that most points lie near is found among others, wherever it lies."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.ground.plane import Plane, dominating_plane

NORMAL = np.array([0.48, -0.6, 0.64])


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e4, 5e6), (1e-4, -3.0)])
def test_a_plane_of_a_quarter_of_the_points_is_found_to_its_noise(scale: float, shift: float) -> None:
    generator = np.random.default_rng(0)
    truth = Plane(np.zeros(3), NORMAL)
    on = truth.raised(generator.uniform(-1, 1, (1000, 2)), 0.002 * generator.standard_normal(1000))
    points = np.concatenate([on, generator.uniform(-1, 1, (3000, 3))]) * scale + shift
    plane, deviation = dominating_plane(points, 0.02 * scale)
    assert abs(plane.normal @ NORMAL) == pytest.approx(1.0, abs=1e-5)
    assert np.abs(plane.heights(on * scale + shift)).mean() < 0.003 * scale
    assert 0.001 * scale < deviation < 0.006 * scale
    again, _ = dominating_plane(points, 0.02 * scale)
    assert plane.normal.tobytes() == again.normal.tobytes()


def test_what_stands_on_a_plane_does_not_tilt_it() -> None:
    generator = np.random.default_rng(1)
    table = np.concatenate([generator.uniform(-1, 1, (4000, 2)), 0.001 * generator.standard_normal((4000, 1))], axis=1)
    book = generator.uniform([0.4, 0.4, 0.015], [0.9, 0.9, 0.015], (1500, 3))
    plane, deviation = dominating_plane(np.concatenate([table, book]), 0.03)
    assert abs(plane.normal[2]) > 1.0 - 1e-5
    assert deviation == pytest.approx(0.001, rel=0.3)


def test_heights_and_places_are_coordinates() -> None:
    plane = Plane(np.array([3.0, 2.0, 1.0]), NORMAL)
    points = np.random.default_rng(0).standard_normal((50, 3))
    np.testing.assert_allclose(plane.raised(plane.flat(points), plane.heights(points)), points, atol=1e-12)
    np.testing.assert_allclose(np.cross(*plane.axes), NORMAL, atol=1e-12)
    np.testing.assert_allclose(plane.turned.heights(points), -plane.heights(points))


def test_points_on_a_line_do_not_end_the_search() -> None:
    line = np.linspace(0.0, 1.0, 100)[:, None] * [1.0, 1.0, 1.0]
    plane, deviation = dominating_plane(line, 0.01)
    assert np.abs(plane.heights(line)).max() < 0.02
    assert deviation < 1e-6
