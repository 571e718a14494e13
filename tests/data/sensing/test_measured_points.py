"""Measured points: what goes wrong goes wrong along the rays, and by as much as was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from occnet.data.sensing.measured_points import Measured, measured
from occnet.data.sensing.sensor_config import SensorConfig
from occnet.data.sensing.sensor_views import view_of

EXACT = SensorConfig(range_noise=0.0, step_chance=0.0, grid_chance=0.0, flying_chance=0.0, blind_chance=0.0, outliers_max=0.0)
SENSOR = np.array([0.2, 0.4, 2.0])


def scan_of_a_ball(config: SensorConfig, count: int = 2000, seed: int = 0, points: int = 12_000) -> Measured:
    normals = np.random.default_rng(0).standard_normal((points, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    surface = 0.5 * normals, normals
    view = view_of(*surface, float(np.sqrt(np.pi / points)), SENSOR, np.zeros(3))
    scan = measured([view], surface, count, 1.0, config, np.random.default_rng(seed))
    assert scan is not None
    assert scan.points.shape == (count, 3)
    return scan


def off_the_ball(scan: Measured) -> np.ndarray:
    return np.linalg.norm(scan.points, axis=1) - 0.5


def along_the_ray(scan: Measured) -> np.ndarray:
    """How much farther than the ball's surface each point was measured along its own ray."""
    arms = scan.points - SENSOR
    distance = np.linalg.norm(arms, axis=1)
    rays = arms / distance[:, None]
    middle = rays @ -SENSOR
    return distance - (middle - np.sqrt(middle**2 - SENSOR @ SENSOR + 0.25))


def test_without_faults_points_lie_on_the_surface_and_face_the_sensor() -> None:
    scan = scan_of_a_ball(EXACT)
    np.testing.assert_allclose(off_the_ball(scan), 0.0, atol=1e-12)
    assert (np.einsum("ni,ni->n", scan.points, scan.toward) > 0.0).all()
    np.testing.assert_allclose(scan.toward, (SENSOR - scan.points) / np.linalg.norm(SENSOR - scan.points, axis=1)[:, None])
    assert scan.true.all()


def test_noise_lies_along_the_ray_and_grows_with_the_square_of_the_distance() -> None:
    worst = 0.0
    for seed in range(8):
        scan = scan_of_a_ball(replace(EXACT, range_noise=0.01), 4000, seed)
        normals = scan.points / np.linalg.norm(scan.points, axis=1)[:, None]
        error = along_the_ray(scan)
        steep = np.einsum("ni,ni->n", normals, scan.toward) > 0.5
        deviation = error[steep] / np.linalg.norm(scan.points - SENSOR, axis=1)[steep] ** 2 * 4.0
        assert abs(deviation.mean()) < 0.1 * deviation.std()
        worst = max(worst, float(deviation.std()))
        near = np.linalg.norm(scan.points - SENSOR, axis=1)[steep] < 1.7
        assert deviation[near].std() == pytest.approx(deviation[~near].std(), rel=0.2)
    assert 0.003 < worst < 0.0105


def test_distances_are_rounded_to_steps() -> None:
    distance = np.linalg.norm(scan_of_a_ball(replace(EXACT, step_chance=1.0, step_max=0.04), seed=3).points - SENSOR, axis=1)
    values = np.unique(distance.round(9))
    assert len(values) < 200
    np.testing.assert_allclose(
        np.diff(values) / np.diff(values).min(), np.round(np.diff(values) / np.diff(values).min()), atol=1e-4
    )


def test_on_a_grid_each_pixel_has_one_point_on_the_surface() -> None:
    scan = scan_of_a_ball(replace(EXACT, grid_chance=1.0), 1000)
    assert len(np.unique(scan.points.round(6), axis=0)) == 1000
    assert np.quantile(np.abs(off_the_ball(scan)), 0.95) < 1e-3  # off by the curvature within a pixel of 0.02
    gaps = np.sort(np.linalg.norm(scan.points[:, None, :] - scan.points[None], axis=-1), axis=1)[:, 1]
    spread = scan_of_a_ball(EXACT, 1000)
    random = np.sort(np.linalg.norm(spread.points[:, None, :] - spread.points[None], axis=-1), axis=1)[:, 1]
    assert np.quantile(gaps, 0.05) > 3.0 * np.quantile(random, 0.05)  # no two points of a grid lie close together


def test_a_scan_of_more_points_than_were_seen_draws_some_again_beside_the_others() -> None:
    scan = scan_of_a_ball(EXACT, 3000, points=3000)
    assert len(np.unique(scan.points.round(9), axis=0)) == 3000
    assert np.abs(off_the_ball(scan)).max() < 0.005


def test_outliers_are_few_and_known_and_lie_in_the_box_of_the_others() -> None:
    shares = []
    for seed in range(12):
        scan = scan_of_a_ball(replace(EXACT, outliers_max=0.1), seed=seed)
        np.testing.assert_allclose(off_the_ball(scan)[scan.true], 0.0, atol=1e-12)
        shares.append(1.0 - scan.true.mean())
        clean = scan.points[scan.true]
        assert (scan.points >= clean.min(axis=0) - 0.02).all()
        assert (scan.points <= clean.max(axis=0) + 0.02).all()
    assert 0.005 < np.mean(shares) < 0.05


def test_a_blind_spot_takes_a_part_away() -> None:
    whole = scan_of_a_ball(EXACT, 4000).rows
    left = [len(np.unique(scan_of_a_ball(replace(EXACT, blind_chance=1.0), 4000, seed).rows)) for seed in range(6)]
    assert min(left) < 0.97 * len(np.unique(whole))
    assert max(left) > 0.5 * len(np.unique(whole))


def test_nothing_seen_is_no_scan() -> None:
    normals = np.tile([0.0, 0.0, -1.0], (50, 1))
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3))
    view = view_of(points, normals, 0.1, np.array([0.0, 0.0, 2.0]), np.zeros(3))
    assert measured([view], (points, normals), 10, 1.0, EXACT, np.random.default_rng(0)) is None
