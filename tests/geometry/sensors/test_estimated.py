"""A scan of one side tells where it was seen from; a scan of all sides, or of a thin plate's both, tells nothing."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.sensors.estimated import estimated_sensors, viewpoint_of_all
from occnet.geometry.sensors.pixel_grid import spread_directions
from tests.geometry.sensors.test_pixel_grid import HIGH, LOW, angle
from tests.geometry.sensors.views_of_solids import seen_ball, seen_box

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("scale", [1e-3, 1e5])
def test_the_pixels_tell_it_in_any_unit(scale: float) -> None:
    place = np.array([0.9, 1.2, -1.4])
    found = estimated_sensors(scale * seen_box(place, LOW, HIGH, noise=0.002) + 7.0 * scale)
    assert found is not None
    assert angle(found.places[0] - 7.0 * scale, place) < 1.0
    assert "rows and columns" in found.note


def test_without_pixels_hidden_points_tell_it_roughly() -> None:
    """Points at random, without noise, of what is seen from one place of a ball before a wall."""
    place = np.array([0.2, 0.3, 2.0])
    rays = spread_directions(130_000)
    rays = rays[rays @ (-place / np.linalg.norm(place)) > 0.93] + 1e-3 * RANDOM.standard_normal((1, 3))
    rays = RANDOM.permutation(rays)[:4000]
    along, square = rays @ place, (rays @ place) ** 2 - place @ place + 0.25
    wall = place + ((-1.0 - place[2]) / rays[:, 2])[:, None] * rays
    ball = place + (-along - np.sqrt(np.maximum(square, 0.0)))[:, None] * rays
    points = np.where((square > 0.0)[:, None], ball, wall)
    assert len(points) > 3000
    found = viewpoint_of_all(points / 2.0)
    assert found is not None
    assert angle(found, place) < 20.0


def test_case_of_an_orthographic_camera_without_noise() -> None:
    x, y = np.meshgrid(np.linspace(-1, 1, 100), np.linspace(-1, 1, 100))
    inside = x * x + y * y < 0.97
    points = np.stack([x[inside], y[inside], np.sqrt(1 - x[inside] ** 2 - y[inside] ** 2)], axis=1)
    found = estimated_sensors(points)
    assert found is not None
    assert angle(found.places[0], np.array([0.0, 0.0, 1.0])) < 2.0


@pytest.mark.parametrize(("count", "noise"), [(300, 0.005), (2000, 0.0)])
def test_a_scan_of_all_sides_has_no_sensor(count: int, noise: float) -> None:
    directions = RANDOM.standard_normal((count, 3))
    ball = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    box = RANDOM.uniform(-1.0, 1.0, (count, 3)) * [1.0, 0.6, 0.3]
    axis = RANDOM.integers(3, size=count)
    box[np.arange(count), axis] = np.sign(box[np.arange(count), axis]) * np.array([1.0, 0.6, 0.3])[axis]
    plate = box * [1.0, 1.0, 0.05]
    for points in (ball, box, plate):
        assert estimated_sensors(points + noise * RANDOM.standard_normal(points.shape)) is None


def test_few_points_are_not_judged() -> None:
    assert estimated_sensors(seen_ball(np.array([0.0, 0.0, 2.0]), pixels=12)) is None
