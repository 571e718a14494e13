"""Prepared shapes on disk come back as they were, and incomplete ones are never seen."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from occnet.data import shards
from occnet.data.dataset_files import CHECKSUMS, FORMAT, checksum
from occnet.data.shards import STEP, ShapeSamples, ShardedSplit, from_fixed, to_fixed, write_shard
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


def _with_pictures(number: int) -> ShapeSamples:
    """A shape with all optional arrays, filled with values that tell where they belong."""
    generator = np.random.default_rng(number)
    points = to_fixed(generator.uniform(-0.5, 0.5, (16, 3)))
    bits = generator.random(16) < 0.5
    optional: dict[str, np.ndarray] = {"scans": to_fixed(generator.uniform(-0.5, 0.5, (2, 32, 3)))}
    for resolution in (5, 32):  # 125 is no multiple of eight
        optional[f"voxels_{resolution}"] = generator.random((resolution,) * 3) < 0.3
    for size in (9, 16):
        optional[f"images_{size}"] = generator.integers(0, 256, (3, size, size, 3), dtype=np.uint8)
        optional[f"cameras_{size}"] = generator.standard_normal((3, 3, 4)).astype(np.float32)
    normals = np.full((16, 3), 73, dtype=np.int8)
    return ShapeSamples(f"shape-{number}", points, bits, points, bits, points, normals, optional)


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, list[ShapeSamples]]:
    shapes = [_with_pictures(number) for number in range(5)]
    (tmp_path / "dataset.json").write_text(json.dumps({"format": FORMAT}))
    write_shard(tmp_path / "train" / "shard-00000", shapes[:3])
    write_shard(tmp_path / "train" / "shard-00001", shapes[3:])
    return tmp_path, shapes


def test_optional_arrays_come_back_as_they_were(pictures: tuple[Path, list[ShapeSamples]]) -> None:
    folder, shapes = pictures
    split = ShardedSplit(folder, "train")
    assert (split.views, split.image_sizes, split.scans) == (3, (9, 16), 2)
    for number, shape in enumerate(shapes):
        for resolution in (5, 32):
            assert np.array_equal(split.voxels(number, resolution), shape.optional[f"voxels_{resolution}"])
        for view in range(3):
            for size in (9, 16):
                assert np.array_equal(split.image(number, view, size), shape.optional[f"images_{size}"][view])
                assert np.array_equal(split.camera(number, view, size), shape.optional[f"cameras_{size}"][view])
            assert split.image(number, view).shape == (16, 16, 3)
        assert np.array_equal(to_fixed(split.scan(number, 1)), shape.optional["scans"][1])


def test_arrays_that_were_not_prepared_are_named_with_the_option_that_makes_them(
    tmp_path: Path, pictures: tuple[Path, list[ShapeSamples]], sphere_dataset: Callable[[Path], Path]
) -> None:
    split = ShardedSplit(pictures[0], "train")
    with pytest.raises(DatasetError, match=r"without voxels of 64.*--voxels 64"):
        split.voxels(0, 64)
    with pytest.raises(DatasetError, match="--views 24 --image-sizes 224"):
        split.image(0, 0, 224)
    plain = ShardedSplit(sphere_dataset(tmp_path / "spheres"), "train")
    assert plain.image_sizes == ()
    for call, option in (
        (lambda: plain.voxels(0, 32), "--voxels 32"),
        (lambda: plain.image(0, 0), "--views 24"),
        (lambda: plain.camera(0, 0), "--views 24"),
        (lambda: plain.views, "--views 24"),
        (lambda: plain.scan(0, 0), "--scans"),
    ):
        with pytest.raises(DatasetError, match=option):
            call()


def _seen_by_a_process(split: ShardedSplit, shape: int) -> tuple[str, bytes]:
    points, _ = split.surface(shape, 16, np.random.default_rng(0))
    return split.names[shape], points.tobytes()


def test_other_processes_read_the_same_and_a_pickled_split_is_small(pictures: tuple[Path, list[ShapeSamples]]) -> None:
    split = ShardedSplit(pictures[0], "train")
    here = [_seen_by_a_process(split, shape) for shape in range(5)]
    assert len(pickle.dumps(split)) < 2000
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_seen_by_a_process, [split] * 5, range(5))) == here


def test_few_maps_are_kept_open(pictures: tuple[Path, list[ShapeSamples]], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, shapes = pictures
    split = ShardedSplit(folder, "train")
    monkeypatch.setattr(shards, "MAPS_KEPT", 3)
    for number in (0, 4, 1, 3, 2):
        for resolution in (5, 32):
            assert np.array_equal(split.voxels(number, resolution), shapes[number].optional[f"voxels_{resolution}"])
        assert len(split._maps) <= 3


def test_checksums_cover_every_file(pictures: tuple[Path, list[ShapeSamples]]) -> None:
    shard = pictures[0] / "train" / "shard-00001"
    sums = json.loads((shard / CHECKSUMS).read_text())
    assert set(sums) == {path.name for path in shard.iterdir()} - {CHECKSUMS}
    assert all(checksum(shard / name) == value for name, value in sums.items())


def test_shards_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps({"format": FORMAT}))
    for number in (99_999, 100_000, 3):
        write_shard(tmp_path / "train" / f"shard-{number:05d}", [replace(_with_pictures(number), optional={})])
    assert ShardedSplit(tmp_path, "train").names == ["shape-3", "shape-99999", "shape-100000"]


def test_a_damaged_description_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text('{"format": ')
    with pytest.raises(DatasetError, match=r"dataset\.json is damaged"):
        ShardedSplit(tmp_path, "train")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("surface", np.zeros((2, 1024, 3), "S1")),
        ("surface", np.zeros((2, 1024, 3), np.float32)),
        ("normals", np.zeros((2, 1024, 2), np.int8)),
        ("uniform", np.zeros((2, 3072), np.int16)),
        ("near_inside", np.zeros((1, 128), np.uint8)),
        ("cameras_8", np.zeros((2, 1, 4, 3), np.float32)),
    ],
)
def test_an_array_of_another_form_is_named(
    name: str, array: np.ndarray, tmp_path: Path, sphere_dataset: Callable[[Path], Path]
) -> None:
    folder = sphere_dataset(tmp_path)
    np.save(folder / "train" / "shard-00000" / f"{name}.npy", array)
    split, generator = ShardedSplit(folder, "train"), np.random.default_rng(0)

    def read_all() -> None:
        split.surface(0, 16, generator)
        for labelled in ("uniform", "near"):
            split.labelled(0, labelled, 16, generator)
        split.camera(0, 0, 8)

    with pytest.raises(DatasetError, match=rf"{name}\.npy is damaged .it holds .* of shape \({len(array)}, .* was written"):
        read_all()
