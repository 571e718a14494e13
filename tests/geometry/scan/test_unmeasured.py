"""What programs write for pixels without depth is told from what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.equal_points import places_of
from occnet.geometry.scan.unmeasured import at_farthest, at_no_data, at_sensor, piled


def ball(count: int = 500) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def pile_at(points: np.ndarray) -> np.ndarray:
    places = places_of(points)
    return piled(points, places)[places.of_point]


def test_many_points_at_one_place_are_a_pile_unless_all_come_as_often() -> None:
    points = np.concatenate([ball(), np.full((40, 3), 0.25)])
    assert np.flatnonzero(pile_at(points)).tolist() == list(range(500, 540))
    assert not pile_at(np.repeat(ball(), 30, axis=0)).any()
    coarse = np.round(ball(20_000) * 15) / 15  # rounded so coarsely that several points fall together
    assert places_of(coarse).counts.max() > 16
    assert not pile_at(coarse).any()


def test_points_at_the_sensor_have_no_depth() -> None:
    sensor = np.array([[5e5, 6e6, 100.0]])
    points = np.concatenate([ball() + sensor + [0.0, 0.0, 4.0], sensor, sensor + 1e-7])
    assert np.flatnonzero(at_sensor(points, sensor)).tolist() == [500, 501]
    each = np.concatenate([np.repeat(sensor, 500, axis=0), points[500:]])
    assert np.flatnonzero(at_sensor(points, each)).tolist() == [500, 501]


@pytest.mark.parametrize("value", [-9999.0, -32768.0, 3.4028234663852886e38, 65.535])
@pytest.mark.parametrize("axis", [0, 2])
def test_numbers_for_no_data_are_found_where_they_lie_far_off(value: float, axis: int) -> None:
    points = np.concatenate([ball() + np.array([3.0, 2.0, 1.0]), ball(90)])
    points[500:, axis] = value
    points[20] = -9999.0 if value == -32768.0 else value
    assert np.flatnonzero(at_no_data(points)).tolist() == [20, *range(500, 590)]


def test_such_numbers_may_be_measured_and_others_are_never_taken_for_them() -> None:
    terrain = np.random.default_rng(0).uniform([0, 0, 9000], [3e4, 3e4, 1e4], (500, 3))
    terrain[:50, 2] = 9999.0  # metres: a mountain
    assert not at_no_data(terrain).any()
    plates = np.concatenate([ball() * [1, 1, 0], ball() * [1, 1, 0] + [0, 0, 9.0]])
    assert not at_no_data(plates).any()
    assert not at_no_data(ball() * 1e30).any()


@pytest.mark.parametrize("kind", ["depth", "range"])
def test_pixels_out_of_reach_share_the_largest_depth(kind: str) -> None:
    generator = np.random.default_rng(0)
    points = np.concatenate([ball() + np.array([0, 0, 5.0]), generator.uniform([-4, -4, 8], [4, 4, 8], (300, 3))])
    if kind == "range":
        points[500:] *= 10.0 / np.linalg.norm(points[500:], axis=1, keepdims=True)
    sensor = np.zeros((1, 3))
    assert np.flatnonzero(at_farthest(points, sensor)).tolist() == list(range(500, 800))
    wall = points + 1e-4 * generator.standard_normal(points.shape)
    assert not at_farthest(wall, sensor).any()
    quantised = np.round(wall + 0.02 * generator.standard_normal(wall.shape), 2)  # a wall in steps of a centimetre
    assert not at_farthest(quantised, sensor).any()
    assert not at_farthest(ball(), sensor).any()  # all at one distance: a ball around its sensor
