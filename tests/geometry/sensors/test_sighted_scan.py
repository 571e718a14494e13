"""What is known of a scan with sensors: normals on the sensor's side, how much was seen, and averages of what is too dense."""

from __future__ import annotations

import numpy as np

from occnet.geometry.sensors import sighted_scan
from occnet.geometry.sensors.sighted_scan import SightedScan
from tests.geometry.sensors.views_of_solids import seen_ball

PLACE = np.array([0.0, 0.0, 2.0])


def test_one_sensor_shows_a_third_of_all_sides_and_one_within_a_room_all() -> None:
    far = SightedScan.of(seen_ball(PLACE), 20.0 * PLACE[None])
    assert abs(far.shown_share - 0.5 * (1.0 - np.cos(np.radians(75.0)))) < 0.02  # a cap of the sphere of 75 degrees
    room = SightedScan.of(2.0 * np.concatenate([seen_ball(PLACE), -seen_ball(PLACE)]), np.zeros((1, 3)))
    assert room.shown_share == 1.0


def test_normals_are_on_the_side_of_the_sensor_whatever_the_file_says() -> None:
    points = seen_ball(PLACE)
    for normals in (None, -points):
        scan = SightedScan.of(points, PLACE[None], normals)
        assert ((scan.normals * (PLACE - points)).sum(axis=1) >= 0.0).all()


def test_points_of_each_sensor_know_it() -> None:
    clouds = [seen_ball(place) for place in (PLACE, -PLACE)]
    sensors = np.repeat([PLACE, -PLACE], [len(cloud) for cloud in clouds], axis=0)
    scan = SightedScan.of(np.concatenate(clouds), sensors)
    assert np.array_equal(scan.sensors[scan.seen_by], sensors)


def test_too_many_points_are_averaged_and_their_noise_with_them(monkeypatch) -> None:
    noisy = seen_ball(PLACE, noise=0.005)
    monkeypatch.setattr(sighted_scan, "MOST_POINTS", 2000)
    scan = SightedScan.of(noisy, PLACE[None])
    assert 500 < len(scan.points) <= 2000
    assert np.abs(np.linalg.norm(scan.points, axis=1) - 0.5).mean() < 0.7 * np.abs(np.linalg.norm(noisy, axis=1) - 0.5).mean()
