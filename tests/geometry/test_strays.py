"""Points that lie alone: found when they are few and far, never among the points of a real part."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.strays import strays


def ball(count: int, center: float = 0.0, seed: int = 0) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True) + [center, 0.0, 0.0]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_few_far_points_are_found_at_any_scale(scale: float) -> None:
    far = np.array([[30.0, 0.0, 0.0], [0.0, -50.0, 3.0], [9.0, 9.0, 9.0]])
    found = strays(np.concatenate([ball(500), far]) * scale)
    assert np.flatnonzero(found).tolist() == [500, 501, 502]


def test_a_distant_part_a_sparse_side_and_noise_are_no_strays() -> None:
    assert not strays(np.concatenate([ball(3000), 0.05 * ball(6) + 20.0])).any()
    surface = ball(4000)
    sparse = surface[(surface[:, 0] < 0) | (np.random.default_rng(0).random(4000) < 0.02)]  # one half fifty times thinner
    assert not strays(sparse).any()
    assert not strays(surface + 0.02 * ball(4000, seed=3)).any()


def test_many_outliers_and_tiny_clouds_are_left_to_the_model() -> None:
    outliers = np.random.default_rng(1).uniform(-40, 40, (60, 3))
    assert not strays(np.concatenate([ball(500), outliers])).any()
    assert not strays(np.eye(3)).any()
