"""Cameras are found by their pixels, to a fraction of a degree, and nowhere among points at random."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.sensors.pixel_grid import cameras_of, spread_directions
from occnet.mesh import Frame
from tests.geometry.sensors.views_of_solids import seen_ball, seen_box


def angle(one: np.ndarray, other: np.ndarray) -> float:
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


LOW, HIGH = np.array([-0.3, -0.2, -0.4]), np.array([0.3, 0.2, 0.4])


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("position", [(0.3, 1.8, 0.4), (-1.5, 0.7, 1.0)])
def test_one_camera_is_found_through_noise(position: tuple[float, ...], shuffled: bool) -> None:
    place = np.array(position)
    points = seen_box(place, LOW, HIGH, noise=0.002) if shuffled else seen_ball(place, noise=0.002)
    frame = Frame.of(points)
    (found,) = cameras_of(frame.to_unit(np.random.default_rng(1).permutation(points) if shuffled else points))
    true = frame.to_unit(place[None])[0]
    assert angle(found, true) < 0.5
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(true), rel=0.1)


def test_several_cameras_are_found_one_by_one_in_the_order_of_the_file() -> None:
    places = 2.0 * np.array([[0.6, 0.3, 0.74], [-0.9, 0.3, 0.32], [0.2, 0.3, -0.93]])
    points = np.concatenate([seen_box(place, LOW, HIGH, noise=0.002) for place in places])
    frame = Frame.of(points)
    found = cameras_of(frame.to_unit(points))
    assert len(found) == 3
    for place in frame.to_unit(places):
        assert min(angle(place, one) for one in found) < 1.0


def test_random_points_of_a_whole_surface_have_no_camera() -> None:
    points = np.random.default_rng(2).standard_normal((4000, 3))
    assert not len(cameras_of(0.5 * points / np.linalg.norm(points, axis=1, keepdims=True)))


def test_directions_are_spread_evenly() -> None:
    directions = spread_directions(500)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0)
    np.testing.assert_allclose(directions.mean(axis=0), 0.0, atol=0.01)
    np.testing.assert_allclose(directions.T @ directions / 500, np.eye(3) / 3, atol=0.01)
