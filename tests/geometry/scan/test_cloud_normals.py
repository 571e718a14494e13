"""Normals of clouds: unit or unknown, and turned over only where the flux says so."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.cloud_normals import point_inward, usable_normals


def ball(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    normals = generator.standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals, normals


def plate(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Both faces of a square plate with a thickness of 0.1, far from the origin."""
    side = generator.choice([-1.0, 1.0], count)
    points = np.column_stack([generator.uniform(-0.5, 0.5, (count, 2)), 0.05 * side])
    return points + np.array([100.0, -50.0, 3.0]), np.column_stack([np.zeros((count, 2)), side])


@pytest.mark.parametrize("shape", [ball, plate])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_normals_that_all_point_inward_are_turned_over(shape, scale: float) -> None:
    generator = np.random.default_rng(0)
    points, normals = shape(600, generator)
    tilted = normals + 0.2 * generator.standard_normal(normals.shape)
    found = [usable_normals(points * scale, sign * length * tilted) for sign in (1, -1) for length in (1e-200, 1e200)]
    for unit in found:
        assert unit is not None
        np.testing.assert_allclose(unit, tilted / np.linalg.norm(tilted, axis=1, keepdims=True), atol=1e-12)


def test_a_scan_that_is_dense_on_one_side_is_not_misjudged() -> None:
    """By number most normals point towards the middle of the box: the dense patch is the inner wall of a bowl."""
    generator = np.random.default_rng(1)
    outer, normals = ball(2000, generator)
    inner = 0.8 * outer[outer[:, 2] < 0]
    inner_normals = -normals[outer[:, 2] < 0]
    lower, rim = outer[:, 2] < 0, generator.uniform(0, 2 * np.pi, 300)
    top = np.column_stack([0.9 * np.cos(rim), 0.9 * np.sin(rim), 0 * rim])
    dense = np.repeat(inner, 6, axis=0) + 0.01 * generator.standard_normal((6 * len(inner), 3))
    points = np.concatenate([outer[lower], dense, top])
    directions = np.concatenate([normals[lower], np.repeat(inner_normals, 6, axis=0), np.tile([0.0, 0.0, 1.0], (300, 1))])
    arms = points - (points.min(axis=0) + points.max(axis=0)) / 2
    assert (arms * directions).sum() < 0  # a plain sum would turn them over
    assert not point_inward(points, directions)
    assert point_inward(points, -directions)


def test_rows_without_a_direction_are_unknown_and_without_any_there_are_no_normals() -> None:
    points, normals = ball(100, np.random.default_rng(2))
    given = 5.0 * normals
    given[[3, 7]], given[5, 1], given[9, 0] = 0.0, np.nan, np.inf
    unit = usable_normals(points, given)
    assert unit is not None
    unknown = [3, 5, 7, 9]
    assert not unit[unknown].any()
    np.testing.assert_allclose(np.delete(unit, unknown, axis=0), np.delete(normals, unknown, axis=0))
    assert usable_normals(points, np.zeros((100, 3))) is None
    assert usable_normals(points, np.full((100, 3), np.nan)) is None
