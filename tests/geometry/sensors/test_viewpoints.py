"""What hides what, and which of two sensors saw a point."""

from __future__ import annotations

import numpy as np

from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.sensors.pixel_grid import spread_directions
from occnet.geometry.sensors.viewpoints import seen_from, sensors_of

BALL = 0.5 * spread_directions(3000)


def test_of_a_ball_the_near_side_is_seen() -> None:
    for place in (np.array([0.0, 0.0, 2.0]), np.array([1.0, -1.0, 1.0])):
        seen = seen_from(BALL, place, local_spacing(BALL))
        facing = ((place - BALL) * BALL).sum(axis=1)
        assert seen[facing > 0.1].all()
        assert seen[facing < -0.1].mean() < 0.02  # the rim lies hardly behind the points before it


def test_of_a_sheet_all_is_seen_from_either_side_and_a_second_sheet_is_hidden() -> None:
    ticks = np.linspace(-0.5, 0.5, 50)
    sheet = np.stack([*np.meshgrid(ticks, ticks), np.zeros((50, 50))], axis=-1).reshape(-1, 3)
    for place in (np.array([0.2, 0.1, 1.5]), np.array([1.3, 0.0, -1.0])):
        assert seen_from(sheet, place, local_spacing(sheet)).all()
    both = np.concatenate([sheet, 0.9 * sheet - [0.0, 0.0, 0.3]])
    seen = seen_from(both, np.array([0.0, 0.0, 2.0]), local_spacing(both))
    assert seen[:2500].all()
    assert seen[2500:].mean() < 0.02


def test_each_point_gets_the_sensor_that_could_have_seen_it() -> None:
    places = np.array([[0.0, 0.0, 2.0], [0.0, 0.0, -2.0]])
    sensors = sensors_of(BALL, places)
    upper = np.abs(BALL[:, 2]) > 0.14  # what is beyond its horizon, neither of them saw
    assert (sensors[upper, 2] * BALL[upper, 2] > 0.0).mean() > 0.995
    assert sensors_of(BALL, places[:1]).shape == BALL.shape
