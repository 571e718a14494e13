"""Normals of a scan: planes through neighbours, on the side of the sensor."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.sensors.pixel_grid import spread_directions
from occnet.geometry.sensors.sensor_normals import plane_normals, sensor_normals
from tests.geometry.sensors.views_of_solids import seen_ball


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_normals_of_a_ball_point_to_the_camera_that_saw_it(noise: float) -> None:
    places = np.array([[0.0, 0.3, 2.0], [0.2, 0.0, -2.0]])
    parts = [seen_ball(place, noise=noise) for place in places]
    points, sensors = np.concatenate(parts), np.repeat(places, [len(part) for part in parts], axis=0)
    normals = sensor_normals(points, sensors)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0)
    cosine = (normals * points).sum(axis=1) / np.linalg.norm(points, axis=1)
    assert np.median(cosine) > 0.98
    assert (cosine > 0.5).mean() > 0.99
    np.testing.assert_allclose(sensor_normals(points[: len(parts[0])], places[:1]).shape, parts[0].shape)


def test_given_normals_are_kept_but_for_their_side_and_for_rows_without_one() -> None:
    points = spread_directions(2000)
    given = 7.0 * points * np.where(np.arange(2000) % 3 == 0, -1.0, 1.0)[:, None]
    given[5], given[8] = 0.0, np.nan
    normals = sensor_normals(points, 3.0 * points, given)
    np.testing.assert_allclose(np.delete(normals, [5, 8], axis=0), np.delete(points, [5, 8], axis=0), atol=1e-12)
    assert ((normals * points).sum(axis=1) > 0.99).all()


def test_the_planes_of_some_are_those_of_all() -> None:
    points = spread_directions(500) * [1.0, 0.7, 0.4]
    wanted = np.arange(500) % 7 == 0
    np.testing.assert_array_equal(plane_normals(points, wanted), plane_normals(points)[wanted])
