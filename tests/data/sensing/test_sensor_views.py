"""What a sensor sees of points on a surface: the near side and nothing behind it."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.data.sensing.sensor_views import picture_places, rays_to, sensor_axes, view_of

SENSOR = np.array([0.3, 0.5, 2.0])


def ball(center: list[float], radius: float, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    normals = np.random.default_rng(seed).standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return radius * normals + center, normals


def spacing_of(radius: float, count: int) -> float:
    return float(np.sqrt(4.0 * np.pi * radius**2 / count))


def test_of_a_ball_it_sees_exactly_the_side_that_faces_it() -> None:
    points, normals = ball([0.0, 0.0, 0.0], 0.5, 12_000)
    view = view_of(points, normals, spacing_of(0.5, 12_000), SENSOR, np.zeros(3))
    arms = SENSOR - points
    facing = np.einsum("ni,ni->n", normals, arms) / np.linalg.norm(arms, axis=1)
    assert (facing[view.seen] > 0.0).all()
    assert set(np.flatnonzero(facing > 0.2)) <= set(view.seen)  # all, but for the outline, which hardly returns a ray
    np.testing.assert_allclose(view.facing, facing[view.seen])
    np.testing.assert_allclose(SENSOR + view.distances[:, None] * view.rays, points[view.seen])


def test_what_lies_behind_something_is_hidden_and_what_lies_beside_it_is_not() -> None:
    near, far = ball([0.0, 0.0, 0.4], 0.12, 6000), ball([0.0, 0.0, -0.4], 0.35, 6000, seed=1)
    points, normals = (np.concatenate(both) for both in zip(near, far, strict=True))
    sensor = np.array([0.0, 0.0, 2.0])
    view = view_of(points, normals, spacing_of(0.35, 6000), sensor, np.zeros(3))
    shown = view.seen[view.seen >= 6000]
    # seen from the sensor, the near ball covers a cone; its rim is widened by a pixel or two
    arms = points - sensor
    angle = np.arccos(-arms[:, 2] / np.linalg.norm(arms, axis=1))
    cone = np.arcsin(0.12 / 1.6)
    assert (angle[shown] > cone).all()
    facing = np.einsum("ni,ni->n", normals, -arms) / np.linalg.norm(arms, axis=1)
    clearly = np.flatnonzero((np.arange(12_000) >= 6000) & (angle > 1.5 * cone) & (facing > 0.2))
    assert len(clearly) > 300
    assert set(clearly) <= set(shown)


def test_the_far_side_of_a_thin_wall_is_hidden() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.uniform(-0.5, 0.5, (2, 8000))
    z = np.where(np.arange(8000) < 4000, 0.005, -0.005)
    points, normals = np.stack([x, y, z], axis=1), np.stack([0 * x, 0 * x, np.sign(z)], axis=1)
    view = view_of(points, normals, 0.016, SENSOR, np.zeros(3))
    assert np.array_equal(np.sort(view.seen), np.arange(4000))


def test_beside_a_step_in_depth_it_knows_the_far_side() -> None:
    near, far = ball([0.0, 0.0, 0.4], 0.12, 6000), ball([0.0, 0.0, -0.4], 0.35, 6000, seed=1)
    points, normals = (np.concatenate(both) for both in zip(near, far, strict=True))
    view = view_of(points, normals, spacing_of(0.35, 6000), np.array([0.0, 0.0, 2.0]), np.zeros(3))
    step = view.beyond > view.distances
    assert 0.0 < step.mean() < 0.5
    assert (view.seen[step] < 6000).mean() > 0.95  # the far ball has nothing behind it but its own steep rim
    assert view.beyond[step].min() > 1.9


def test_a_surface_of_which_nothing_faces_the_sensor_is_not_seen() -> None:
    points, normals = ball([0.0, 0.0, 0.0], 0.5, 500)
    assert not len(view_of(points, -normals[:, :] * 0.0 - [0.0, 0.0, 1.0], 0.05, SENSOR, np.zeros(3)).seen)


@pytest.mark.parametrize("position", [SENSOR, np.array([0.0, 3.0, 0.0])])
def test_places_in_the_picture_and_rays_are_each_others_inverse(position: np.ndarray) -> None:
    axes = sensor_axes(position, np.zeros(3))
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    places = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 2))
    np.testing.assert_allclose(picture_places(rays_to(places, axes), axes), places, atol=1e-12)
    assert np.allclose(axes[2], -position / np.linalg.norm(position))
