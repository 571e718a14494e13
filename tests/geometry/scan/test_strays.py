"""Points that lie alone: found when they are few and far, never among the points of a real part."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.strays import strays


def ball(count: int, center: float = 0.0, seed: int = 0) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True) + [center, 0.0, 0.0]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_few_far_points_are_found_at_any_scale(scale: float) -> None:
    far = np.array([[30.0, 0.0, 0.0], [0.0, -50.0, 3.0], [9.0, 9.0, 9.0]])
    found = strays(np.concatenate([ball(500), far]) * scale)
    assert np.flatnonzero(found).tolist() == [500, 501, 502]


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_small_group_far_away_is_found_as_a_whole(scale: float) -> None:
    ghost = 0.05 * ball(20, seed=4) + [6.0, 0.0, 0.0]
    found = strays(np.concatenate([ball(3000), ghost, ghost + np.array([0.0, 9.0, 0.0])]) * scale)
    assert np.flatnonzero(found).tolist() == list(range(3000, 3040))


def test_a_distant_part_a_near_part_a_sparse_side_and_noise_are_no_strays() -> None:
    assert not strays(np.concatenate([ball(3000), 0.05 * ball(60) + 20.0])).any()  # 2 % of the points are something
    assert not strays(np.concatenate([ball(3000), 0.05 * ball(20) + [2.0, 0.0, 0.0]])).any()
    surface = ball(4000)
    sparse = surface[(surface[:, 0] < 0) | (np.random.default_rng(0).random(4000) < 0.02)]  # one half fifty times thinner
    assert not strays(sparse).any()
    assert not strays(surface + 0.02 * ball(4000, seed=3)).any()


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_outliers_all_around_are_found_but_for_those_at_the_surface(share: float) -> None:
    generator = np.random.default_rng(1)
    surface, outliers = ball(3000), generator.uniform(-1.2, 1.2, (int(3000 * share), 3))
    found = strays(np.concatenate([surface, outliers]))
    assert not found[:3000].any()
    off = np.abs(np.linalg.norm(outliers, axis=1) - 1.0) > 0.22
    assert off.mean() > 0.5
    assert found[3000:][off].mean() > 0.95
    assert not found[3000:][np.abs(np.linalg.norm(outliers, axis=1) - 1.0) < 0.03].any()


def test_sparse_surfaces_are_not_taken_for_outliers() -> None:
    """Spheres, a flat sheet, and a scan that thins out, with parts of a fifteenth of the density."""
    generator = np.random.default_rng(2)
    inner = ball(6000) * [1.0, 0.8, 0.6]
    thin = inner[(inner[:, 0] < 0) | (generator.random(6000) < 1 / 15)]
    sheet = np.concatenate([generator.uniform(-1, 1, (6000, 2)), np.zeros((6000, 1))], axis=1)
    sheet = sheet[(sheet[:, 0] < 0) | (generator.random(6000) < 1 / 15)]
    fading = inner[generator.random(6000) < np.exp(-3.0 * (inner[:, 0] + 1.0))]
    for cloud in (thin, sheet, fading, np.concatenate([ball(3000), 3.0 * ball(600)])):
        cloud = cloud + 0.004 * generator.standard_normal(cloud.shape)
        assert not strays(cloud).any()


def test_tiny_clouds_have_no_strays() -> None:
    assert not strays(np.eye(3)).any()
    assert not strays(np.random.default_rng(0).random((40, 3))).any()
