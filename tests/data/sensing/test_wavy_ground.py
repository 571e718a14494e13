"""The ground: its points lie on it, its normals are those of its slopes, and below it is solid down to the base."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.data.sensing.wavy_ground import Ground, flat_waves, random_waves


def hills(round_: bool = False) -> Ground:
    return Ground(random_waves(1.0, 0.3, np.random.default_rng(3)), np.array([0.1, -0.2]), np.array([0.5, 0.3]), round_)


def test_points_lie_on_it_and_normals_are_across_its_slopes() -> None:
    ground = hills()
    points, normals = ground.surface(500, np.random.default_rng(0))
    np.testing.assert_allclose(points[:, 1], ground.height(points[:, 0], points[:, 2]))
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0)
    assert (normals[:, 1] > 0.0).all()
    step = 1e-5
    for axis, (x, z) in ((0, (step, 0.0)), (2, (0.0, step))):
        slope = (ground.height(points[:, 0] + x, points[:, 2] + z) - points[:, 1]) / step
        np.testing.assert_allclose(normals[:, axis] + slope * normals[:, 1], 0.0, atol=1e-3)


@pytest.mark.parametrize("round_", [False, True])
def test_it_is_solid_between_the_surface_and_its_base_within_its_outline(round_: bool) -> None:
    ground = hills(round_)
    points, normals = ground.surface(800, np.random.default_rng(0))
    lowest = float(points[:, 1].min())
    assert ground.inside(points - [0.0, 1e-6, 0.0], lowest - 0.05).all()
    assert not ground.inside(points + 1e-4 * normals, lowest - 0.05)[np.abs(points[:, 0] - 0.1) < 0.3].any()
    assert not ground.inside(np.c_[points[:, 0], np.full(800, lowest - 0.06), points[:, 2]], lowest - 0.05).any()
    assert ground.inside(np.c_[points[:, 0], np.full(800, lowest - 0.04), points[:, 2]], lowest - 0.05).all()
    area = ground.inside(np.c_[np.random.default_rng(1).uniform(-1, 1, (40_000, 3))] * [1, 0, 1] + [0, -5, 0], -6.0).mean()
    assert 4.0 * area == pytest.approx(np.pi * 0.15 if round_ else 0.6, rel=0.08)


def test_a_table_is_flat_and_waves_are_as_high_as_asked() -> None:
    table = Ground(flat_waves(), np.zeros(2), np.ones(2))
    points, normals = table.surface(50, np.random.default_rng(0))
    assert (points[:, 1] == 0.0).all()
    np.testing.assert_array_equal(normals, np.tile([0.0, 1.0, 0.0], (50, 1)))
    heights = []
    for seed in range(20):
        ground = Ground(random_waves(1.0, 0.2, np.random.default_rng(seed)), np.zeros(2), np.ones(2))
        heights.append(np.ptp(ground.surface(2000, np.random.default_rng(0))[0][:, 1]))
    assert 0.1 < np.median(heights) < 0.5
