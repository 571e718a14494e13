"""Prepared shapes on disk come back as they were, and incomplete ones are never seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from occnet.data.shards import STEP, ShardedSplit, from_fixed, to_fixed
from occnet.errors import DatasetError


def test_fixed_point_is_exact_to_half_a_step_and_stable() -> None:
    points = np.random.default_rng(0).uniform(-0.74, 0.74, (1000, 3))
    once = from_fixed(to_fixed(points))
    assert np.abs(once - points).max() <= STEP / 2 + 1e-7
    assert np.array_equal(to_fixed(once), to_fixed(points))


def test_every_shape_comes_back_with_right_labels(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> None:
    split = ShardedSplit(sphere_dataset(tmp_path), "train")
    assert split.names == ["sphere-0.5", "sphere-0.4", "sphere-0.3"]
    generator = np.random.default_rng(0)
    for shape, radius in enumerate((0.5, 0.4, 0.3)):
        for array in ("uniform", "near"):
            for count in (1, 7, 300, 1024):
                points, inside = split.labelled(shape, array, count, generator)
                assert len(points) == count
                assert np.array_equal(np.linalg.norm(points, axis=1) < radius, inside)
        points, normals = split.surface(shape, 500, generator)
        assert np.abs(np.linalg.norm(points, axis=1) - radius).max() < 2 * STEP
        assert (points * normals).sum(axis=1).min() > 0.99 * radius


def test_blocks_reach_every_stored_point(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> None:
    split = ShardedSplit(sphere_dataset(tmp_path), "train")
    generator = np.random.default_rng(0)
    seen = {tuple(p) for _ in range(200) for p in to_fixed(split.labelled(0, "near", 256, generator)[0]).tolist()}
    assert len(seen) > 0.99 * 1024


def test_an_unfinished_shard_is_not_seen(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> None:
    folder = sphere_dataset(tmp_path)
    (folder / "train" / "shard-00001").rename(folder / "train" / "shard-00001.partial")
    assert len(ShardedSplit(folder, "train")) == 2


def test_what_is_no_dataset_is_refused(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> None:
    with pytest.raises(DatasetError, match="not a prepared dataset"):
        ShardedSplit(tmp_path, "train")
    folder = sphere_dataset(tmp_path / "set")
    with pytest.raises(DatasetError, match="no shapes in its test split"):
        ShardedSplit(folder, "test")
    with pytest.raises(DatasetError, match="1024 points a shape, but 2000"):
        ShardedSplit(folder, "train").surface(0, 2000, np.random.default_rng(0))
    (folder / "dataset.json").write_text('{"format": "older"}')
    with pytest.raises(DatasetError, match="'older'"):
        ShardedSplit(folder, "train")
