"""The authors' ShapeNet layout: what a writer puts there, the reader and the converter give back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from occnet.data.datasets import open_prepared
from occnet.data.published_layout import PublishedSplit, is_published
from occnet.data.samples import Reader, SampleBatches, SamplesConfig, validation_samples
from occnet.data.shards import ShardedSplit
from occnet.errors import DatasetError
from occnet.observations.kinds import kind_named
from occnet.pipeline.converting import convert_published
from tests.published_writing import PublishedShape, write_published


def ball(name: str, radius: float, images: bool = True) -> PublishedShape:
    generator = np.random.default_rng(int(1000 * radius))
    points = generator.uniform(-0.55, 0.55, (4096, 3)).astype(np.float16)
    directions = generator.standard_normal((2048, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    ticks = (np.arange(16) + 0.5) / 16 - 0.5
    voxels = np.linalg.norm(np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij")), axis=0) < radius
    voxels[:, :, 12:] = False  # no symmetry between the axes
    camera = np.array([[100.0, 0, 16], [0, 100, 16], [0, 0, 1]])
    world = np.array([[1.0, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 2]])
    return PublishedShape(
        name=name,
        points=points,
        inside=np.linalg.norm(points.astype(np.float64), axis=1) < radius,
        surface=radius * directions,
        normals=directions,
        voxels=voxels,
        images=[np.full((32, 32, 3), 40 * view, dtype=np.uint8) for view in range(3)] if images else (),
        cameras=[(camera * [[1 + view], [1], [1]], world) for view in range(3)] if images else (),
    )


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "ShapeNet"
    write_published(folder, "02691156", {"train": [ball("a", 0.5), ball("b", 0.3)], "val": [ball("c", 0.4)], "test": []})
    write_published(folder, "03001627", {"train": [ball("d", 0.45)], "val": [], "test": []})
    return folder


def test_the_layout_is_that_of_the_authors(dataset: Path) -> None:
    with np.load(dataset / "02691156/a/points.npz") as arrays:
        assert arrays["points"].dtype == np.float16
        assert arrays["occupancies"].shape == (512,)
        assert {"loc", "scale"} <= set(arrays.files)
    with np.load(dataset / "02691156/a/img_choy2016/cameras.npz") as arrays:
        assert {"camera_mat_0", "world_mat_2"} <= set(arrays.files)
    assert (dataset / "02691156/train.lst").read_text() == "a\nb\n"
    assert "03001627" in (dataset / "metadata.yaml").read_text()


def test_a_split_reads_what_was_written(dataset: Path) -> None:
    split = open_prepared(dataset, "train")
    assert isinstance(split, PublishedSplit)
    assert split.names == ["02691156/a", "02691156/b", "03001627/d"]
    points, inside = split.labelled(1, "uniform", 3000, np.random.default_rng(0))
    clear = np.abs(np.linalg.norm(points, axis=1) - 0.3) > 1e-3
    assert np.array_equal(inside[clear], (np.linalg.norm(points, axis=1) < 0.3)[clear])
    assert len(np.unique(points[:, 0])) > 2990  # the lattice of half precision is broken up
    surface, normals = split.surface(2, 500, np.random.default_rng(0))
    np.testing.assert_allclose(surface, 0.45 * normals, atol=1e-3)
    written = ball("a", 0.5).voxels
    assert written is not None
    assert np.array_equal(split.voxels(0, 16), written)
    assert split.views == 3
    assert split.image(0, 2).mean() == pytest.approx(80, abs=1)
    u, v, w = split.camera(0, 1) @ [0.1, 0.2, 0.3, 1.0]
    assert (u / w, v / w) == pytest.approx(((200 * 0.1 + 32 * 1.7) / 1.7, (-100 * 0.2 + 16 * 1.7) / 1.7))


def test_one_category_is_a_split_of_its_own(dataset: Path) -> None:
    split = open_prepared(dataset, "train", ["03001627"])
    assert split.names == ["03001627/d"]
    surface, _ = split.surface(0, 200, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(surface, axis=1), 0.45, atol=1e-3)
    with pytest.raises(DatasetError, match="no shapes of 0"):
        open_prepared(dataset, "train", ["0"])


def test_what_is_missing_is_named(dataset: Path) -> None:
    split = PublishedSplit(dataset, "train")
    with pytest.raises(DatasetError, match="near_queries = 0"):
        split.labelled(0, "near", 10, np.random.default_rng(0))
    with pytest.raises(DatasetError, match=r"16\^3 voxels, but the recipe reads 32\^3"):
        split.voxels(0, 32)
    with pytest.raises(DatasetError, match="4096 points a shape, but 5000"):
        split.labelled(0, "uniform", 5000, np.random.default_rng(0))
    (dataset / "02691156/b/points.npz").write_bytes(b"broken")
    with pytest.raises(DatasetError, match=r"points\.npz is no valid NumPy archive, or is damaged"):
        split.labelled(1, "uniform", 10, np.random.default_rng(0))
    (dataset / "03001627/d/pointcloud.npz").unlink()
    with pytest.raises(DatasetError, match=r"pointcloud\.npz is missing"):
        split.surface(2, 10, np.random.default_rng(0))
    with pytest.raises(DatasetError, match="test split"):
        PublishedSplit(dataset, "test")
    assert not is_published(dataset / "02691156")


@pytest.mark.parametrize(
    ("file", "changes", "message"),
    [
        ("points.npz", {"points": np.zeros((4096, 2))}, r"holds points of shape \(4096, 2\)"),
        ("points.npz", {"points": np.full((4096, 3), "a")}, "holds points of shape"),
        ("points.npz", {"occupancies": np.zeros(100, np.uint8)}, r"holds occupancies of shape \(100,\)"),
        ("points.npz", {"occupancies": None}, "holds no array occupancies"),
        ("pointcloud.npz", {"normals": np.zeros((10, 3))}, r"holds normals of shape \(10, 3\)"),
        ("img_choy2016/cameras.npz", {"camera_mat_0": np.zeros(9)}, r"holds camera_mat_0 of shape \(9,\)"),
        ("img_choy2016/cameras.npz", {"world_mat_0": np.zeros((3, 3))}, r"holds world_mat_0 of shape \(3, 3\)"),
    ],
)
def test_arrays_of_another_shape_are_told_of(dataset: Path, file: str, changes: dict[str, Any], message: str) -> None:
    path = dataset / "02691156/a" / file
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files} | changes
    np.savez(path, allow_pickle=False, **{name: array for name, array in arrays.items() if array is not None})
    split = PublishedSplit(dataset, "train")
    reads = {
        "points.npz": lambda: split.labelled(0, "uniform", 10, np.random.default_rng(0)),
        "pointcloud.npz": lambda: split.surface(0, 10, np.random.default_rng(0)),
        "img_choy2016/cameras.npz": lambda: split.camera(0, 0),
    }
    with pytest.raises(DatasetError, match=message):
        reads[file]()


def test_arrays_that_unpack_to_too_much_are_refused(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(dataset / "02691156/a/points.npz", points=np.zeros((100_000, 3)), occupancies=np.zeros(100_000))
    monkeypatch.setenv("OCCNET_READ_LIMIT", str(1 / 1024))
    with pytest.raises(DatasetError, match=r"points\.npz would fill .* OCCNET_READ_LIMIT"):
        PublishedSplit(dataset, "train").labelled(0, "uniform", 10, np.random.default_rng(0))


def test_converted_shards_hold_the_same_shapes(dataset: Path, tmp_path: Path) -> None:
    assert convert_published(dataset, tmp_path / "shards") == {"train": 3, "validation": 1}
    published, split = PublishedSplit(dataset, "train"), open_prepared(tmp_path / "shards", "train")
    assert isinstance(split, ShardedSplit)
    assert split.names == published.names
    for shape, radius in enumerate((0.5, 0.3, 0.45)):
        for array in ("uniform", "near"):
            points, inside = split.labelled(shape, array, 512, np.random.default_rng(0))
            radii = np.linalg.norm(points, axis=1)
            clear = np.abs(radii - radius) > 1e-3
            assert np.array_equal(inside[clear], (radii < radius)[clear])
            assert array == "uniform" or np.abs(radii - radius).max() < 0.3
        surface, _ = split.surface(shape, 512, np.random.default_rng(0))
        np.testing.assert_allclose(np.linalg.norm(surface, axis=1), radius, atol=1e-3)
        assert np.array_equal(split.voxels(shape, 16), published.voxels(shape, 16))
        assert np.array_equal(split.image(shape, 1), published.image(shape, 1))
        np.testing.assert_allclose(split.camera(shape, 1), published.camera(shape, 1))
    with pytest.raises(DatasetError, match="published layout"):
        convert_published(tmp_path / "shards", tmp_path / "again")


@pytest.mark.parametrize("reads", ["points", "image", "voxels", "index", "nothing"])
def test_batches_hold_what_an_encoder_reads(dataset: Path, reads: str) -> None:
    splits = [PublishedSplit(dataset, "train")]
    reader = Reader(reads, {"image": 24, "voxels": 16}.get(reads, 0))
    config = SamplesConfig(points=100, uniform_queries=64)
    batches = SampleBatches(splits, [1.0], 5, kind_named(reads), reader, config, seed=3)
    batch = batches.batch(7)
    shape = {"points": (100, 3), "image": (3, 24, 24), "voxels": (16, 16, 16), "index": (), "nothing": (0,)}[reads]
    assert tuple(batch.observation.shape) == (5, *shape)
    assert tuple(batch.points.shape) == (5, 64, 3)
    again = batches.batch(7)
    assert batch.observation.equal(again.observation)
    assert batch.points.equal(again.points)
    assert not batch.points.equal(batches.batch(8).points)
    if reads == "index":
        radii = np.array([0.5, 0.3, 0.45])[batch.observation.numpy()]
        found = np.linalg.norm(batch.points.numpy(), axis=2)
        clear = np.abs(found - radii[:, None]) > 1e-3
        assert np.array_equal(batch.inside.numpy()[clear] > 0.5, (found < radii[:, None])[clear])
    validation = validation_samples(batches, splits[0], [0, 2], 256)
    assert tuple(validation.points.shape) == (2, 256, 3)


def test_balanced_queries_lie_half_inside(dataset: Path) -> None:
    config = SamplesConfig(uniform_queries=128, balanced=True)
    batches = SampleBatches(
        [PublishedSplit(dataset, "train")], [1.0], 6, kind_named("nothing"), Reader("nothing"), config, seed=0
    )
    batch = batches.batch(0)
    assert (batch.inside.sum(dim=1) == 64).all()
    plain = SampleBatches(
        [PublishedSplit(dataset, "train")],
        [1.0],
        6,
        kind_named("nothing"),
        Reader("nothing"),
        SamplesConfig(uniform_queries=128),
        seed=0,
    )
    assert float(plain.batch(0).inside.mean()) < 0.4
