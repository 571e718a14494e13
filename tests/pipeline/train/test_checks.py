"""Whatever does not fit of a recipe and its data is found before the first step, and by the dry run."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from occnet.data.dataset_files import FORMAT
from occnet.data.shards import ShapeSamples, from_fixed, to_fixed, write_shard
from occnet.errors import DatasetError, RecipeError
from occnet.pipeline.train.dry_run import plan
from occnet.pipeline.train.train import train
from occnet.recipe import to_toml
from tests.published_writing import PublishedShape, write_published

ENCODERS: dict[str, dict[str, Any]] = {
    "points": {"name": "residual_pointnet", "hidden_channels": 8, "code_channels": 8, "blocks": 1},
    "voxels": {"name": "voxel_convolutions", "code_channels": 8, "resolution": 32},
    "image": {"name": "resnet", "code_channels": 8, "channels": 4, "image_size": 32},
    "viewed": {"name": "resnet", "code_channels": 8, "channels": 4, "image_size": 32, "viewer_centred": True},
}
DECODER = {"name": "concatenation", "hidden_channels": 8, "blocks": 1}


def recipe(folder: Path, dataset: Path | str, reads: str = "points", scans: bool = False, **changes: Any) -> Path:
    """A training that needs 256 labelled points and no others of a shape; changes replace keys, as training__steps = 3."""
    made = {"points_min": 50, "points_max": 64} if scans else {"points": 64}
    tables: dict[str, dict[str, Any]] = {
        "data": {"datasets": [str(dataset)], "shares": [1.0], "validation": str(dataset)},
        "scans" if scans else "samples": {**made, "uniform_queries": 32, "near_queries": 32},
        "encoder": dict(ENCODERS[reads]),
        "decoder": DECODER,
        "training": {"steps": 1, "batch_size": 2, "validation_shapes": 3, "validation_queries": 256, "pictures": 0},
    }
    if scans:
        tables["training"]["validation_points"] = [64]
    for name, value in changes.items():
        table, key = name.split("__")
        tables.setdefault(table, {})[key] = value
    (folder / "recipe.toml").write_text(to_toml(tables))
    return folder / "recipe.toml"


def refused(path: Path, problem: type[Exception], message: str) -> None:
    """The training and its dry run both say so, and leave no run folder."""
    for begin in (lambda: plan(path), lambda: train(path, path.parent / "run", device="cpu")):
        with pytest.raises(problem, match=message):
            begin()
    assert not (path.parent / "run").exists()


def ball(points: int = 256, **optional: np.ndarray) -> ShapeSamples:
    generator = np.random.default_rng(0)
    surface = generator.standard_normal((points, 3))
    surface *= 0.4 / np.linalg.norm(surface, axis=1, keepdims=True)
    places = to_fixed(generator.uniform(-0.55, 0.55, (points, 3)))
    inside = np.linalg.norm(from_fixed(places), axis=1) < 0.4
    normals = np.rint(127 * surface / 0.4).astype(np.int8)
    return ShapeSamples("ball", places, inside, places, inside, to_fixed(surface), normals, optional)


def dataset(folder: Path, *shards: ShapeSamples, validation: ShapeSamples | None = None) -> Path:
    for number, shape in enumerate(shards):
        write_shard(folder / "train" / f"shard-{number:05d}", [shape])
    write_shard(folder / "validation" / "shard-00000", [validation or shards[0]])
    (folder / "dataset.json").write_text(json.dumps({"format": FORMAT}))
    return folder


def pictures(views: int) -> dict[str, Any]:
    camera = np.array([[60.0, 0, 0, 32], [0, -60, 0, 32], [0, 0, -1, 2]], dtype=np.float32)
    return {"images_32": np.full((views, 32, 32, 3), 200, np.uint8), "cameras_32": np.tile(camera, (views, 1, 1))}


def test_what_fits_passes(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", ball(voxels_32=np.zeros((32, 32, 32), dtype=np.bool_), **pictures(2)))
    for reads in ENCODERS:
        assert "1 training shapes" in plan(recipe(tmp_path, data, reads))
    assert "1 training shapes" in plan(recipe(tmp_path, data, scans=True))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"training__validation_queries": 300},
            r"256 uniform labelled.*validation_queries.* 300; .*--uniform-points 300",
        ),
        ({"samples__uniform_queries": 300}, r"256 uniform labelled points.*uniform_queries under \[samples\] .* 300;"),
        ({"samples__uniform_queries": 70, "samples__balanced": True}, r"256 uniform labelled points.*four times.* 280;"),
        ({"samples__near_queries": 300}, r"256 labelled points near the surface.*near_queries.* 300; .*--near-points 300"),
        ({"samples__points": 300}, r"256 surface points.*points under \[samples\].* 300; .*--surface-points 300"),
        ({"scans__uniform_queries": 300}, r"256 uniform labelled points.*uniform_queries under \[scans\] .* 300;"),
        ({"scans__near_queries": 300}, r"256 labelled points near the surface.*near_queries under \[scans\] .* 300;"),
        ({"scans__points_max": 300}, r"256 surface points.*points_max under \[scans\] .* 300;"),
        ({"training__validation_points": [40, 300], "scans__points_max": 64}, r"256 surface points.*validation_points.* 300;"),
    ],
)
def test_too_few_stored_points_are_found_before_the_first_step(tmp_path: Path, changes: dict, message: str) -> None:
    data = dataset(tmp_path / "data", ball())
    scans = any(key.startswith("scans") for key in changes)
    refused(recipe(tmp_path, data, scans=scans, **changes), DatasetError, message)


def test_each_shard_and_split_is_looked_at(tmp_path: Path) -> None:
    later = dataset(tmp_path / "later", ball(), ball(), ball(128))
    refused(recipe(tmp_path, later, samples__uniform_queries=200), DatasetError, "train.shard-00002 stores 128 uniform")
    held = dataset(tmp_path / "held", ball(512), validation=ball(128))
    refused(recipe(tmp_path, held), DatasetError, "validation.shard-00000 stores 128 uniform")
    empty = dataset(tmp_path / "empty", ball())
    (empty / "validation" / "shard-00000").rename(empty / "shard")
    refused(recipe(tmp_path, empty), DatasetError, "no shapes in its validation split")
    damaged = dataset(tmp_path / "damaged", ball(), ball())
    file = damaged / "train" / "shard-00001" / "near.npy"
    file.write_bytes(file.read_bytes()[:-100])
    refused(recipe(tmp_path, damaged), DatasetError, r"shard-00001.near\.npy is damaged")
    file.unlink()
    refused(recipe(tmp_path, damaged), DatasetError, "shard-00001 stores 0 labelled points near the surface")


def test_a_dataset_that_is_never_drawn_from_may_be_smaller(tmp_path: Path) -> None:
    large, small = dataset(tmp_path / "large", ball()), dataset(tmp_path / "small", ball(16))
    path = recipe(tmp_path, large, data__datasets=[str(large), str(small)], data__shares=[1.0, 0.0])
    assert "1 + 1 training shapes" in plan(path)
    refused(recipe(tmp_path, large, data__datasets=[str(large), str(small)], data__shares=[1.0, 0.1]), DatasetError, "small")


def test_missing_voxels_and_pictures_are_found_before_the_first_step(tmp_path: Path) -> None:
    grid = np.zeros((32, 32, 32), dtype=np.bool_)
    half = dataset(tmp_path / "half", ball(voxels_32=grid, **pictures(3)), ball(**pictures(2)))
    refused(recipe(tmp_path, half, "voxels"), DatasetError, "without voxels of 32.*--voxels 32")
    refused(recipe(tmp_path, half, "image"), DatasetError, "shard-00001 stores 2 pictures a shape.*others 3")
    refused(recipe(tmp_path, dataset(tmp_path / "bare", ball()), "image"), DatasetError, "without images.*--views 24")
    without = {"images_32": pictures(2)["images_32"]}
    blind = dataset(tmp_path / "blind", ball(**pictures(2)), ball(**without))
    assert "2 training shapes" in plan(recipe(tmp_path, blind, "image"))
    refused(recipe(tmp_path, blind, "viewed"), DatasetError, "without images of 32 pixels")


def published(folder: Path) -> Path:
    generator = np.random.default_rng(0)
    points = generator.uniform(-0.5, 0.5, (256, 3))
    shape = PublishedShape(
        name="a",
        points=points,
        inside=points[:, 0] > 0,
        surface=points,
        normals=points,
        voxels=np.zeros((32, 32, 32), dtype=np.bool_),
        images=[np.full((32, 32, 3), 200, np.uint8)] * 2,
        cameras=[(np.eye(3), np.eye(3, 4))] * 2,
    )
    shapes = [replace(shape, name=name) for name in "abcde"]
    write_published(folder, "03001627", {"train": shapes, "val": shapes[:1], "test": []})
    return folder


@pytest.mark.parametrize(
    ("reads", "file", "message"),
    [
        ("points", "pointcloud.npz", r"d.pointcloud\.npz is missing"),
        ("image", "points.npz", r"d.points\.npz is missing"),
        ("image", "img_choy2016/001.jpg", r"d.img_choy2016.001\.jpg is missing"),
        ("viewed", "img_choy2016/cameras.npz", r"d.img_choy2016.cameras\.npz is missing"),
        ("voxels", "model.binvox", r"d.model\.binvox is missing"),
    ],
)
def test_every_file_of_the_published_layout_is_looked_for(tmp_path: Path, reads: str, file: str, message: str) -> None:
    data = published(tmp_path / "shapenet")
    path = recipe(tmp_path, data, reads, samples__near_queries=0)
    assert "5 training shapes" in plan(path)
    (data / "03001627" / "d" / file).unlink()
    refused(path, DatasetError, message)


def test_the_published_layout_is_measured(tmp_path: Path) -> None:
    data = published(tmp_path / "shapenet")
    refused(recipe(tmp_path, data), DatasetError, "stores no points near the surface")
    fit: dict[str, Any] = {"samples__near_queries": 0}
    refused(recipe(tmp_path, data, **fit, samples__uniform_queries=300), DatasetError, "256 uniform labelled points")
    refused(recipe(tmp_path, data, **fit, data__categories=["03001627"], samples__points=300), DatasetError, "256 surface")
    refused(recipe(tmp_path, data, "voxels", **fit, encoder__resolution=64), DatasetError, r"holds 32\^3 voxels")


def test_what_the_procedural_source_cannot_give_is_found_before_the_first_step(tmp_path: Path) -> None:
    refused(recipe(tmp_path, "procedural", "image"), DatasetError, "have no pictures")
    shown = dataset(tmp_path / "data", ball(**pictures(2)))
    refused(recipe(tmp_path, shown, "image", data__validation="procedural"), DatasetError, "have no pictures")
    refused(recipe(tmp_path, "procedural", data__categories=["chairs"]), DatasetError, "no procedural shapes of chairs")
    refused(recipe(tmp_path, "procedural", scans=True, scans__points_max=30_000), DatasetError, "20,480 surface points")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training__optimizer": "sgd"}, "adamw or muon"),
        ({"training__precision": "8-bits"}, "precision must be one of"),
        ({"training__accumulate": 4}, "cannot share equally"),
        ({"training__validate_every": 0}, "validate_every must be at least 1"),
        ({"training__checkpoint_every": 0}, "checkpoint_every must be at least 1"),
        ({"training__validation_queries": 0}, "validation_queries must be at least 1"),
        ({"training__validation_points": []}, "validation_points must"),
        ({"training__validation_points": [0]}, "validation_points must"),
        ({"training__validation_noise": -1.0}, "validation_noise must be at least 0"),
        ({"training__pictures": -1}, "pictures must be at least 0"),
        ({"training__learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"training__gradient_limit": 0.0}, "gradient_limit must be above 0"),
        ({"training__average_decay": 1.0}, "average_decay must lie in"),
        ({"training__weight_decay": -0.1}, "weight_decay must be at least 0"),
        ({"training__warmup_steps": -1}, "warmup_steps must be at least 0"),
        ({"data__datasets": [], "data__shares": []}, "datasets"),
        ({"data__shares": [0.5, 0.5]}, "shares"),
        ({"samples__uniform_queries": -1}, "uniform_queries"),
        ({"scans__uniform_queries": 0, "scans__near_queries": 0}, "queries"),
        ({"scans__noise_max": -0.1}, "noise_max must be at least 0"),
        ({"scans__hole_chance": 2.0}, "hole_chance must lie between 0 and 1"),
        ({"scans__stretch_max": 0.5}, "stretch_max must be at least 1"),
        ({"training__seed": -1}, "seed must be at least 0"),
        ({"training__steps": 10**12}, r"steps in \[training\] of .* not beyond 4,294,967,295"),
        ({"training__weight_decay": float("nan")}, r"weight_decay in \[training\] of .* finite number"),
        ({"scans__noise_max": float("inf")}, r"noise_max in \[scans\] of .* finite number"),
        ({"encoder__hidden_channels": -8}, r"hidden_channels in \[encoder\] of .* between 1 and 65,536, but is -8"),
        ({"encoder__name": ["resnet"]}, r"name in \[encoder\] of .* must be a text, but is a list of 1"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_values_that_make_no_training_are_found_before_the_first_step(tmp_path: Path, changes: dict, message: str) -> None:
    data = dataset(tmp_path / "data", ball())
    scans = any(key.startswith("scans") for key in changes)
    refused(recipe(tmp_path, data, scans=scans, **changes), RecipeError, message)


@pytest.mark.parametrize("table", ["data", "scans", "training", "encoder", "decoder", "field", "latent", "loss", "plugins"])
@pytest.mark.parametrize("value", ["3", "true", "[]", '["a"]', '"text"', "[{a = 1}]"])
def test_whatever_stands_in_place_of_a_table_is_named(tmp_path: Path, table: str, value: str) -> None:
    path = recipe(tmp_path, dataset(tmp_path / "data", ball()), scans=True)
    tables = tomllib.loads(path.read_text())
    tables.pop(table, None)
    path.write_text(f"{table} = {value}\n" + to_toml(tables))
    refused(path, RecipeError, rf"\[{table}\] of .*recipe.toml must be a table of keys and values, but is ")


def test_a_table_without_a_name_lists_the_names(tmp_path: Path) -> None:
    path = recipe(tmp_path, dataset(tmp_path / "data", ball()), loss__weight=2.0, scans=True)
    refused(path, RecipeError, r"\[loss\] of .* lacks the key name; the losses are: cross_entropy, ")
    tables = tomllib.loads(path.read_text())
    path.write_text(to_toml({key: table for key, table in tables.items() if key not in ("loss", "encoder")}))
    refused(path, RecipeError, r"\[encoder\] of .* lacks the key name; the encoders are: ")
