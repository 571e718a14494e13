"""Simulated scans: the labels stay true through every turn, hole, outlier and frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from occnet.data.batches import ScanBatches, validation_batch
from occnet.data.scans import ScanConfig, _orientation, clean_scans, simulate_scan
from occnet.data.shards import ShardedSplit
from occnet.errors import RecipeError

QUIET = ScanConfig(
    noise_max=0.0,
    outlier_chance=0.0,
    stretch_chance=0.0,
    uniform_queries=128,
    near_queries=256,
    points_min=64,
    points_max=400,
)


@pytest.fixture
def spheres(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> ShardedSplit:
    return ShardedSplit(sphere_dataset(tmp_path), "train")


def fitted_sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius by least squares: |p|^2 = 2 c p + (r^2 - |c|^2)."""
    solution, *_ = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(axis=1), rcond=None)
    center = solution[:3]
    return center, float(np.sqrt(solution[3] + center @ center))


@pytest.mark.parametrize("holes", [0.0, 1.0])
def test_labels_stay_true_however_the_scan_is_turned_cut_and_framed(spheres: ShardedSplit, holes: float) -> None:
    config = replace(QUIET, hole_chance=holes, uneven_chance=holes, rotation_chance=0.5)
    for seed in range(40):
        scan = simulate_scan(spheres, seed % 3, 400, config, np.random.default_rng(seed))
        center, radius = fitted_sphere(scan.points.astype(np.float64))
        depth = radius - np.linalg.norm(scan.queries - center, axis=1)
        clear = np.abs(depth) > 1e-3
        assert np.array_equal(depth[clear] > 0, scan.inside[clear] > 0.5)
        assert np.ptp(scan.points, axis=0).max() == pytest.approx(1.0, abs=1e-5)


def test_labels_stay_true_when_the_shape_is_stretched(spheres: ShardedSplit) -> None:
    config = replace(QUIET, stretch_chance=1.0, stretch_max=2.0, rotation_chance=0.0)
    longest = []
    for seed in range(20):
        scan = simulate_scan(spheres, seed % 3, 400, config, np.random.default_rng(seed))
        points = scan.points.astype(np.float64)
        # an ellipsoid along the axes: a x^2 + b y^2 + c z^2 + d x + e y + f z = 1
        quadric, residual, *_ = np.linalg.lstsq(np.c_[points**2, points], np.ones(len(points)), rcond=None)
        assert residual < 1e-4
        depth = 1.0 - np.c_[scan.queries**2, scan.queries] @ quadric
        clear = np.abs(depth) > 0.02
        assert np.array_equal(depth[clear] > 0, scan.inside[clear] > 0.5)
        extent = np.ptp(points, axis=0)
        assert extent.max() == pytest.approx(1.0, abs=1e-5)
        longest.append(extent.max() / extent.min())
    assert np.median(longest) > 1.3
    assert max(longest) < 4.1


def test_noise_and_outliers_are_as_large_as_configured(spheres: ShardedSplit) -> None:
    (noisy,) = clean_scans(spheres, [0], 1000, 0.01, 64, [np.random.default_rng(0)])
    center, radius = fitted_sphere(noisy.points.astype(np.float64))
    residual = np.linalg.norm(noisy.points - center, axis=1) - radius
    assert residual.std() == pytest.approx(0.01 * radius / 0.5, rel=0.1)
    config = replace(QUIET, outlier_chance=1.0, outliers_max=0.1)
    shares = []
    for seed in range(60):
        points = simulate_scan(spheres, 0, 400, config, np.random.default_rng(seed)).points.astype(np.float64)
        kept, distance = points, np.zeros(len(points))
        for _ in range(5):  # drop the farthest until the sphere alone is left
            center, radius = fitted_sphere(kept)
            distance = np.abs(np.linalg.norm(points - center, axis=1) - radius)
            kept = points[distance <= max(np.quantile(distance, 0.85), 1e-3)]
        shares.append((distance > 0.01).mean())
    assert 0.02 < np.mean(shares) < 0.06  # uniform between 0 and 0.1, a part of them by chance near the sphere


def test_turns_are_rotations_or_reflections_and_mostly_keep_the_vertical() -> None:
    upright = 0
    for seed in range(400):
        turn = _orientation(ScanConfig(rotation_chance=0.0), np.random.default_rng(seed)).astype(np.float64)
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
        upright += abs(turn[1, 1]) == 1.0
    assert 0.5 < upright / 400 < 0.95


def test_a_batch_is_a_function_of_seed_and_step(spheres: ShardedSplit) -> None:
    batches = ScanBatches([spheres, spheres], [0.7, 0.3], 3, QUIET, seed=5)
    again = ScanBatches([spheres, spheres], [0.7, 0.3], 3, QUIET, seed=5)
    batches.batch(0)  # the order of the calls does not matter
    one, two = batches.batch(9), again.batch(9)
    assert torch.equal(one.observation, two.observation)
    assert torch.equal(one.inside, two.inside)
    assert torch.equal(batches.batch(9, range(1, 3)).observation, one.observation[1:])  # what the second of two processes sees
    assert not torch.equal(batches.batch(10).points, one.points)
    sizes = {batches.batch(step).observation.shape[1] for step in range(30)}
    assert min(sizes) >= 64
    assert max(sizes) <= 400
    assert len(sizes) > 10


def test_shares_must_fit_the_datasets(spheres: ShardedSplit) -> None:
    with pytest.raises(RecipeError, match="each of the 1 datasets"):
        ScanBatches([spheres], [0.5, 0.5], 3, QUIET, seed=0)


def test_the_validation_observation_never_changes(spheres: ShardedSplit) -> None:
    one, two = (validation_batch(spheres, [0, 2], 200, 0.005, 512) for _ in range(2))
    assert torch.equal(one.observation, two.observation)
    assert torch.equal(one.points, two.points)


def test_labels_and_points_of_a_part_are_those_of_the_magnified_shape(spheres: ShardedSplit) -> None:
    config = replace(QUIET, crop_chance=1.0, zoom_max=3.0, rotation_chance=0.5)
    magnified = 0
    for seed in range(30):
        scan = simulate_scan(spheres, seed % 3, 100, config, np.random.default_rng(seed))
        assert scan.points.shape == (100, 3)
        assert scan.queries.shape == (128 + 256, 3)
        center, radius = fitted_sphere(scan.points.astype(np.float64))
        depth = radius - np.linalg.norm(scan.queries - center, axis=1)
        clear = np.abs(depth) > 1e-2
        assert np.array_equal(depth[clear] > 0, scan.inside[clear] > 0.5)
        if radius > 0.55:  # the whole sphere would have a radius of at most a half
            magnified += 1
            assert np.abs(scan.points).max() <= 0.5501
            assert np.abs(scan.queries).max() <= 0.5501
    assert magnified > 10


def test_normals_stay_outward_and_perpendicular_when_the_shape_is_stretched_and_turned(spheres: ShardedSplit) -> None:
    config = replace(QUIET, stretch_chance=1.0, stretch_max=2.0, rotation_chance=0.0)
    agreements = []
    for seed in range(40):
        scan = simulate_scan(spheres, 0, 400, config, np.random.default_rng(seed), normals=True)
        assert scan.points.shape == (400, 6)
        points, normals = np.split(scan.points.astype(np.float64), 2, axis=1)
        quadric, *_ = np.linalg.lstsq(np.c_[points**2, points], np.ones(len(points)), rcond=None)
        outward = 2 * quadric[:3] * points + quadric[3:]
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-5)
        agreements.append((normals * outward).sum(axis=1))
    assert np.median(agreements) > 0.98  # tilts are small as a rule
    turned_over = np.mean([np.mean(scan < 0) > 0.02 for scan in agreements])
    assert 0.05 < turned_over < 0.4  # in some scans a part of them points inward
    plain = simulate_scan(spheres, 0, 400, config, np.random.default_rng(3))
    assert np.array_equal(plain.points, simulate_scan(spheres, 0, 400, config, np.random.default_rng(3), True).points[:, :3])


def test_all_or_none_of_a_batch_have_normals(spheres: ShardedSplit) -> None:
    batches = ScanBatches([spheres], [1.0], 2, replace(QUIET, normals_share=0.3), seed=1)
    with_normals = [batches.batch(step).observation.shape[2] == 6 for step in range(100)]
    assert 0.15 < np.mean(with_normals) < 0.45
