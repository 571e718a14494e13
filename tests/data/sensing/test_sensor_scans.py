"""Whole sensor scans of shapes: one side seen, all of it labelled; tables, bare ground, several shapes; normals that face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from occnet.cube import PADDED_HALF
from occnet.data.batches import ScanBatches
from occnet.data.procedural import ProceduralSplit
from occnet.data.scans import Scan, ScanConfig, simulate_scan
from occnet.data.sensing.sensor_config import SensorConfig
from occnet.data.shards import ShardedSplit

EXACT = SensorConfig(
    share=1.0,
    range_noise=0.0,
    step_chance=0.0,
    flying_chance=0.0,
    outliers_max=0.0,
    shift_max=0.0,
    ground_chance=0.0,
    bare_chance=0.0,
    several_chance=0.0,
    cameras_max=1,
)
SCANS = ScanConfig(stretch_chance=0.0, uniform_queries=128, near_queries=256, points_min=64, points_max=400, sensors=EXACT)


@pytest.fixture
def spheres(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> ShardedSplit:
    return ShardedSplit(sphere_dataset(tmp_path), "train")


def scan(split: ShardedSplit, seed: int, normals: bool = False, **changes: float) -> Scan:
    config = replace(SCANS, sensors=replace(EXACT, **changes))
    return simulate_scan(split, seed % 3, 400, config, np.random.default_rng(seed), normals)


def fitted_sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius by least squares: |p|^2 = 2 c p + (r^2 - |c|^2)."""
    points = points.astype(np.float64)
    solution, *_ = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(axis=1), rcond=None)
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))


def test_one_sensor_sees_one_side_and_the_whole_ball_is_labelled(spheres: ShardedSplit) -> None:
    for seed in range(20):
        seen = scan(spheres, seed, grid_chance=0.0)
        center, radius = fitted_sphere(seen.points[:200])
        assert np.ptp(seen.points, axis=0).max() == pytest.approx(1.0, abs=1e-5)
        # no more than half of the ball: all points lie on one side of a plane through its middle
        outward = (seen.points - center) / radius
        assert (outward @ outward.mean(axis=0) > 0.0).mean() > 0.98
        assert seen.queries.shape == (384, 3)
        assert np.abs(seen.queries).max() <= PADDED_HALF + 1e-5
        depth = radius - np.linalg.norm(seen.queries - center, axis=1)
        clear = np.abs(depth) > 0.01
        assert np.array_equal(depth[clear] > 0, seen.inside[clear] > 0.5)
        assert seen.directions is not None
        np.testing.assert_allclose(np.linalg.norm(seen.directions, axis=1), 1.0, atol=1e-3)
        assert np.quantile((seen.directions * outward).sum(axis=1), 0.02) > 0.99


def test_a_sensor_knows_normals_that_face_it(spheres: ShardedSplit) -> None:
    agreeing = []
    for seed in range(10):
        seen = scan(spheres, seed, normals=True)
        assert seen.points.shape == (400, 6)
        np.testing.assert_allclose(np.linalg.norm(seen.points[:, 3:], axis=1), 1.0, atol=1e-5)
        assert seen.directions is not None
        agreeing.append(((seen.points[:, 3:] * seen.directions).sum(axis=1) > 0.9).mean())
    assert np.median(agreeing) > 0.9


def test_below_a_table_it_is_solid(spheres: ShardedSplit) -> None:
    solid = 0
    for seed in range(12):
        seen = scan(spheres, seed, ground_chance=1.0, grid_chance=0.0)
        assert seen.directions is not None
        up, counts = np.unique(seen.directions.round(2), axis=0, return_counts=True)
        if counts.max() < 60:
            continue  # a wavy ground, or hardly any of the table seen
        up = up[counts.argmax()]
        table = seen.points[(seen.directions @ up) > 0.9999]
        below = seen.queries @ up - float(np.median(table @ up))
        beside = np.linalg.norm(seen.queries - below[:, None] * up - table[:, None].mean(axis=0), axis=1) < 0.2
        under = beside & (below < -0.003) & (below > -0.04)
        solid += int(under.sum())
        assert (seen.inside[under] > 0.5).mean() > 0.98
        assert not (seen.inside[below < -0.0501 - np.ptp(table @ up)] > 0.5).any()
    assert solid > 20


def test_bare_ground_is_solid_behind_what_is_seen(spheres: ShardedSplit) -> None:
    for seed in range(12):
        seen = scan(spheres, seed, bare_chance=1.0)
        assert seen.directions is not None
        assert 0.0 < seen.inside.mean() < 0.9
        assert (seen.directions.mean(axis=0) ** 2).sum() > 0.2  # one side of it


def test_several_shapes_stand_apart(spheres: ShardedSplit) -> None:
    for seed in range(8):
        seen = scan(spheres, seed, several_chance=1.0, cameras_max=4)
        assert seen.inside.any()
        assert not seen.inside.all()


def test_a_scan_is_a_function_of_its_seed_whatever_else_is_in_the_batch(spheres: ShardedSplit) -> None:
    config = replace(SCANS, sensors=replace(SensorConfig(), share=0.5, ground_chance=0.4, several_chance=0.4))
    batches = ScanBatches([spheres], [1.0], 6, config, seed=2)
    whole, part = batches.batch(3), batches.batch(3, range(2, 4))
    assert np.array_equal(part.observation, whole.observation[2:4])
    assert np.array_equal(part.points, whole.points[2:4])
    assert part.directions is not None
    assert whole.directions is not None
    assert np.array_equal(part.directions, whole.directions[2:4])


def test_distances_are_those_to_the_nearest_surface_point(spheres: ShardedSplit) -> None:
    batches = ScanBatches([spheres], [1.0], 2, replace(SCANS, sensors=replace(EXACT, grid_chance=0.0)), seed=2, distances=True)
    batch = batches.batch(0)
    assert batch.distances is not None
    for points, queries, distances in zip(batch.observation, batch.points, batch.distances, strict=True):
        center, radius = fitted_sphere(points.numpy())
        exact = np.abs(np.linalg.norm(queries.numpy() - center, axis=1) - radius)
        assert np.quantile(np.abs(distances.numpy() - exact), 0.9) < 0.06  # the stored points lie so far apart


def test_procedural_shapes_are_scanned_without_a_disk() -> None:
    config = replace(SCANS, sensors=replace(SensorConfig(), share=1.0), points_min=300, points_max=300)
    batch = ScanBatches([ProceduralSplit("train")], [1.0], 4, config, seed=0).batch(0)
    assert batch.observation.shape in ((4, 299, 3), (4, 300, 3))  # drawn by logarithms
    assert 0.0 < float(batch.inside.mean()) < 1.0


def test_shares_and_lengths_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="ground_chance"):
        SensorConfig(ground_chance=1.5)
    with pytest.raises(ValueError, match="range_noise"):
        SensorConfig(range_noise=-0.1)
    with pytest.raises(ValueError, match="cameras_max"):
        SensorConfig(cameras_max=0)
