"""A field from oriented points: exact on planes, near the truth on balls, and nothing far away."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.geometry.open_surface.moving_planes import MovingPlanes


def ball(count: int = 8000) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def planes(points: np.ndarray, normals: np.ndarray, noise: float = 0.0, reach: float = 0.2) -> MovingPlanes:
    spacing = np.full(len(points), 0.04)
    return MovingPlanes(points, normals, spacing, noise, reach)


def test_of_points_on_a_plane_it_is_the_distance_behind_it() -> None:
    generator = np.random.default_rng(0)
    points = generator.random((2000, 3)) * [1, 1, 0]
    field = planes(points, np.broadcast_to([0.0, 0.0, 1.0], points.shape))
    places = generator.uniform([0.1, 0.1, -0.1], [0.9, 0.9, 0.1], (500, 3))
    np.testing.assert_allclose(field.behind(places), -places[:, 2], atol=1e-12)


def test_of_a_ball_it_is_the_distance_to_the_sphere_nearby() -> None:
    points = ball()
    field = planes(points, points)
    places = ball(500)[::-1] * np.random.default_rng(1).uniform(0.9, 1.1, (500, 1))
    np.testing.assert_allclose(field.behind(places), 1.0 - np.linalg.norm(places, axis=1), atol=4e-3)


def test_noise_is_averaged() -> None:
    points = ball(20_000)
    noisy = points + 0.02 * np.random.default_rng(1).standard_normal(points.shape)
    places = ball(300)
    plain, wide = (np.abs(planes(noisy, points, noise).behind(places)) for noise in (0.0, 0.02))
    assert wide.mean() < 0.9 * plain.mean()


def test_beyond_its_reach_all_is_in_front() -> None:
    points = ball()
    field = planes(points, points, reach=0.2)
    assert (field.behind(np.array([[0.0, 0, 0], [0, 0, 0.7], [5, 5, 5]])) < 0.0).all()
    assert field.behind(np.array([[0.0, 0, 0.85]]))[0] == pytest.approx(0.15, abs=0.01)


def test_what_is_far_beyond_a_corner_is_behind_it() -> None:
    generator = np.random.default_rng(0)
    flat = np.append(generator.random((1200, 2)), np.zeros((1200, 1)), axis=1)
    walls = np.concatenate([flat[:600], flat[600:, [2, 1, 0]]])  # at z = 0 and at x = 0, their fronts to the room
    normals = np.repeat([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], 600, axis=0)
    places = generator.uniform([-0.15, 0.2, -0.15], [0.15, 0.8, 0.15], (2000, 3))
    truth = (-places[:, [0, 2]]).max(axis=1)
    found = planes(walls, normals).behind(places)
    clear = np.abs(truth) > 0.02
    assert ((found > 0.0) == (truth > 0.0))[clear].mean() > 0.995
    assert np.quantile(np.abs(found - truth), 0.95) < 0.01


def test_it_lies_within_its_bounds() -> None:
    points = ball()
    low, high = planes(points, -points, reach=0.2).bounds(0.1)
    np.testing.assert_allclose([low, high], [[-1.3] * 3, [1.3] * 3], atol=0.01)


def test_it_takes_and_gives_tensors() -> None:
    points = ball()
    values = planes(points, points)(torch.tensor([[0.0, 0.0, 0.95], [0.0, 1.05, 0.0]]))
    assert values.dtype == torch.float32
    assert (values > 0).tolist() == [True, False]
