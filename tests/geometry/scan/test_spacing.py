"""How far apart points lie, on a grid, at random, and beside a denser part."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.spacing import local_spacing


def test_it_is_the_pitch_of_a_grid() -> None:
    x, y = np.meshgrid(np.arange(20) * 0.3, np.arange(20) * 0.3)
    points = np.stack([x.ravel(), y.ravel(), np.zeros(400)], axis=1)
    inner = (points[:, :2] > 0.5).all(axis=1) & (points[:, :2] < 5.2).all(axis=1)
    np.testing.assert_allclose(local_spacing(points)[inner], 0.3, rtol=0.05)


@pytest.mark.parametrize("scale", [1e-3, 1e5])
def test_it_is_that_of_a_grid_as_dense_where_points_lie_at_random(scale: float) -> None:
    points = np.random.default_rng(0).random((5000, 3)) * [1, 1, 0] * scale
    assert np.median(local_spacing(points)) == pytest.approx(scale / np.sqrt(5000), rel=0.1)


def test_it_follows_the_density_but_no_single_point() -> None:
    generator = np.random.default_rng(0)
    dense, sparse = generator.random((4000, 3)) * [1, 1, 0], generator.random((250, 3)) * [1, 1, 0] + [2, 0, 0]
    alone = np.array([[0.5, 0.5, 0.2]])
    spacing = local_spacing(np.concatenate([dense, sparse, alone]))
    assert np.median(spacing[4000:-1]) / np.median(spacing[:4000]) == pytest.approx(4.0, rel=0.15)
    assert spacing[-1] < 2 * np.median(spacing[:4000])


def test_two_points_and_one() -> None:
    np.testing.assert_allclose(local_spacing(np.array([[0.0, 0, 0], [1, 0, 0]])), np.sqrt(np.pi))
    assert local_spacing(np.zeros((1, 3))).tolist() == [0.0]
