"""Every recipe in recipes/ is whole: it passes its dry run on a plain installation, and takes a step on a few small shapes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from occnet.cli import main
from occnet.data.batches import Batch
from occnet.data.dataset_files import FORMAT
from occnet.data.shards import ShapeSamples, from_fixed, to_fixed, write_shard
from occnet.networks.registry import build_network
from occnet.pipeline.train.config import loss_of, training_recipe
from tests.published_writing import PublishedShape, write_published

FILES = sorted((Path(__file__).parents[3] / "occnet" / "recipes").glob("*.toml"))


def batch_for(reads: str, size: int, count: int, rows: int = 2, queries: int = 16) -> Batch:
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(rows, queries, 3, generator=generator) - 0.5
    observation = {
        "points": lambda: torch.rand(rows, count, 3, generator=generator) - 0.5,
        "image": lambda: torch.rand(rows, 3, size, size, generator=generator),
        "picture": lambda: torch.rand(rows, 3, size, size, generator=generator),
        "voxels": lambda: (torch.rand(rows, size, size, size, generator=generator) < 0.02).float(),
        "index": lambda: torch.arange(rows),
        "nothing": lambda: torch.zeros(rows, 0),
    }[reads]()
    return Batch(observation, points, (points.norm(dim=-1) < 0.4).float())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recipe_builds_its_network_and_passes_a_step(path: Path) -> None:
    assert path.read_text().startswith("# ")  # says what it is for
    recipe = training_recipe(path)
    torch.manual_seed(0)
    network = build_network(recipe.network, str(path))
    count = recipe.scans.points_min if recipe.samples is None else recipe.samples.points
    size = min(network.encoder.observation_size, 64) if network.reads == "image" else network.encoder.observation_size
    batch = batch_for(network.reads, size, min(count, 300))
    places = batch.points[..., :2] if network.encoder.guesses_view else None
    directions = batch.observation[..., :3] if network.reads == "points" else None
    distances = batch.points.norm(dim=-1)
    batch = replace(batch, places=places, distances=distances, directions=directions)
    if recipe.pictures is not None:
        batch = replace(batch, pixels=torch.ones(2, 6, size // 2, size // 2), view=torch.zeros(2, 5))
    loss = network.training_loss(loss_of(recipe), batch)
    loss.backward()
    gradients = [parameter.grad for parameter in network.parameters()]
    assert loss.isfinite()
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)
    assert float(sum(gradient.abs().sum() for gradient in gradients if gradient is not None)) > 0


CHAIRS = 4746  # of the published training split, each with a code in onet_representation.toml
FAMILIES = {"02691156": "airplanes", "02958343": "cars", "03001627": "chairs", "04256520": "sofas"}


def ball() -> ShapeSamples:
    """A ball with all that a recipe may ask of a shape, in the amounts that `occnet prepare` writes."""
    generator = np.random.default_rng(0)
    directions = generator.standard_normal((24_576, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    uniform, near = to_fixed(generator.uniform(-0.55, 0.55, (16_384, 3))), to_fixed(0.4 * directions)
    cameras = np.tile(np.eye(3, 4, dtype=np.float32), (2, 1, 1))
    return ShapeSamples(
        name="ball",
        uniform=uniform,
        uniform_inside=np.linalg.norm(from_fixed(uniform), axis=1) < 0.4,
        near=near,
        near_inside=np.linalg.norm(from_fixed(near), axis=1) < 0.4,
        surface=near[:20_480],
        normals=np.rint(127 * directions[:20_480]).astype(np.int8),
        optional={
            "voxels_32": np.zeros((32, 32, 32), dtype=np.bool_),
            "images_137": np.full((2, 137, 137, 3), 255, dtype=np.uint8),
            "cameras_137": cameras,
        },
    )


def published(folder: Path, shape: ShapeSamples) -> None:
    """The published ShapeNet as it is on disk, of one shape, in whose place all others of the training split stand."""
    stored = PublishedShape(
        name="one",
        points=from_fixed(shape.uniform).astype(np.float16),
        inside=shape.uniform_inside,
        surface=from_fixed(shape.surface),
        normals=shape.normals / 127,
        voxels=shape.optional["voxels_32"],
        images=list(shape.optional["images_137"]),
        cameras=[(np.eye(3), np.eye(3, 4))] * 2,
    )
    for category in FAMILIES:
        write_published(folder, category, {"train": [stored], "val": [stored], "test": []})
    names = ["one", *(f"as-one-{number}" for number in range(1, CHAIRS))]
    for name in names[1:]:
        (folder / "03001627" / name).symlink_to("one", target_is_directory=True)
    (folder / "03001627" / "train.lst").write_text("\n".join(names))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two working folders with the recipes' datasets: the first has ShapeNet as published, the second as ours."""
    shape = ball()
    as_published, as_ours = tmp_path_factory.mktemp("as_published"), tmp_path_factory.mktemp("as_ours")
    ours = as_ours / "datasets" / "shapenet"
    for split in ("train", "validation"):
        write_shard(ours / split / "shard-00000", [shape])
    (ours / "dataset.json").write_text(json.dumps({"format": FORMAT}))
    published(as_published / "datasets" / "shapenet", shape)
    for name in ("meshes", "synthetic", "crops", "cars", "vessels"):
        for place in (as_published, as_ours):
            (place / "datasets" / name).symlink_to(ours, target_is_directory=True)
    return as_published, as_ours


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recipe_passes_its_dry_run_on_a_plain_installation(
    path: Path, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = training_recipe(path).samples
    place = places[samples is not None and samples.near_queries > 0]  # the published layout has no points near the surface
    monkeypatch.chdir(place)
    before = sorted(place.iterdir())
    assert main(["train", str(path), "-o", "runs/new", "--dry-run"]) == 0, capsys.readouterr().err
    assert "M parameters" in capsys.readouterr().out
    assert sorted(place.iterdir()) == before


def test_a_recipe_is_found_by_its_name_and_saved_as_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "mine.toml"
    assert main(["train", "points", "--save", str(own)]) == 0
    assert own.read_bytes() == next(path for path in FILES if path.stem == "points").read_bytes()
    assert main(["train", "points", "--save", str(own)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["train", "pointz", "-o", str(tmp_path / "run")]) == 2
    assert "onet_points" in capsys.readouterr().err
    assert main(["train", "points"]) == 2
    assert "needs -o" in capsys.readouterr().err
