"""Conditionings besides those of test_recipes_train.py train on a few dozen small shapes and tell them apart afterwards.

The shapes are boxes and ellipsoids whose long axis is x, y or z: no single shape fits them all (IoU at most 0.45), so that
a network that passes has read its observation.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from occnet.data.dataset_files import FORMAT
from occnet.data.shards import ShapeSamples, from_fixed, to_fixed, write_shard
from occnet.errors import RecipeError
from occnet.networks.checkpoint import load_model
from occnet.networks.latent import interpolated
from occnet.pipeline.train.train import train
from occnet.recipe import to_toml

pytestmark = pytest.mark.slow  # trains for more than 20 seconds


def solid(number: int) -> tuple[str, np.ndarray]:
    """Kind and half edges of a shape whose long axis goes around with its number; those below 0 are equally thick."""
    half = np.random.default_rng(number).uniform(0.12, 0.24, 3) if number >= 0 else np.full(3, 0.2)
    half[number % 3] = 0.5
    return ("box" if number % 2 else "ellipsoid"), half


def is_in(number: int, points: np.ndarray) -> np.ndarray:
    kind, half = solid(number)
    if kind == "box":
        return np.asarray((np.abs(points) < half).all(axis=-1))
    return np.asarray(((points / half) ** 2).sum(axis=-1) < 1.0)


def samples(number: int) -> ShapeSamples:
    kind, half = solid(number)
    generator = np.random.default_rng((abs(number), 1))
    body = trimesh.creation.box(2 * half) if kind == "box" else trimesh.creation.icosphere(3).apply_scale(half)
    surface, faces = (np.asarray(part) for part in trimesh.sample.sample_surface(body, 1024, seed=abs(number))[:2])
    uniform = to_fixed(generator.uniform(-0.55, 0.55, (4096, 3)))
    near = to_fixed(surface + 0.03 * generator.standard_normal(surface.shape))
    return ShapeSamples(
        name=str(number),
        uniform=uniform,
        uniform_inside=is_in(number, from_fixed(uniform)),
        near=near,
        near_inside=is_in(number, from_fixed(near)),
        surface=to_fixed(surface),
        normals=np.rint(127 * body.face_normals[faces]).astype(np.int8),
    )


def dataset(folder: Path, sign: int = 1) -> Path:
    folder.mkdir()
    (folder / "dataset.json").write_text(f'{{"format": "{FORMAT}"}}')
    write_shard(folder / "train" / "shard-00000", [samples(sign * number) for number in range(1, 49)])
    write_shard(folder / "validation" / "shard-00000", [samples(sign * number) for number in range(1000, 1012)])
    return folder


def recipe(path: Path, data: Path, encoder: dict, decoder: dict | None = None, **tables: dict) -> Path:
    training = {
        "steps": 300,
        "batch_size": 12,
        "learning_rate": 3e-3,
        "warmup_steps": 10,
        "precision": "32-true",
        "average_decay": 0.9,
        "checkpoint_every": 10_000,
        "validate_every": 10_000,
        "validation_shapes": 12,
        "validation_queries": 2048,
        **tables.pop("training", {}),
    }
    text = to_toml(
        {
            "data": {"datasets": [str(data)], "shares": [1.0], "validation": str(data)},
            "samples": {"points": 128, "noise": 0.005, "uniform_queries": 192, "near_queries": 64},
            "encoder": encoder,
            "decoder": decoder or {"name": "conditional_batch_norm", "hidden_channels": 32, "blocks": 2},
            "training": training,
            **tables,
        }
    )
    path.write_text(text)
    return path


def reached(tmp_path: Path, data: Path, encoder: dict, decoder: dict | None = None, **tables: dict) -> tuple[float, float]:
    """The validation IoU before and after training."""
    path = recipe(tmp_path / "recipe.toml", data, encoder, decoder, **tables)
    return train(path, tmp_path / "untrained", steps=1, device="cpu"), train(path, tmp_path / "run", device="cpu")


def test_points(tmp_path: Path) -> None:
    encoder = {"name": "residual_pointnet", "hidden_channels": 48, "code_channels": 48, "blocks": 2}
    training = {"steps": 400, "learning_rate": 5e-3}
    before, after = reached(tmp_path, dataset(tmp_path / "data"), encoder, training=training)
    assert before < 0.35
    assert after > 0.7
    directions = torch.nn.functional.normalize(torch.randn(256, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    field = load_model(tmp_path / "run" / "model").field(directions * torch.tensor([0.15, 0.5, 0.15]))
    assert field(torch.zeros(1, 3)) > 0
    assert (field(torch.tensor([[0.4, 0.0, 0.0], [0.0, 0.0, 0.4]])) < 0).all()


def test_nothing_but_a_latent_code(tmp_path: Path) -> None:
    before, after = reached(
        tmp_path,
        dataset(tmp_path / "data", sign=-1),
        {"name": "nothing"},
        {"name": "concatenation", "hidden_channels": 48, "blocks": 3},
        latent={"latent_channels": 8, "hidden_channels": 64},
        samples={"uniform_queries": 512},
        training={"steps": 800, "batch_size": 8},
    )
    assert before < 0.35
    assert after > 0.52  # of shapes inferred from labels at other points than they are scored at
    model = load_model(tmp_path / "run" / "model")
    points = torch.rand(2000, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    drawn = [model.sample_field(seed)(points) > 0 for seed in range(6)]
    assert len({tuple(inside.tolist()) for inside in drawn}) == 6  # no two alike
    assert torch.equal(model.sample_field(0)(points) > 0, drawn[0])  # and the same again by its seed
    assert 0.01 < sum(float(inside.float().mean()) for inside in drawn) / 6 < 0.5
    ends = [model.posterior_code(points, torch.from_numpy(is_in(number, points.numpy()))) for number in (-1000, -1001)]
    way = [model.field_of_code(code)(points) > 0 for code in interpolated(*ends, steps=5)]
    changes = [int((a != b).sum()) for a, b in itertools.pairwise(way)]
    assert 0 < max(changes) < int((way[0] != way[-1]).sum())  # gradual: no step does it all


def test_representation_power(tmp_path: Path) -> None:
    """One learned code a training shape, scored on the training shapes."""
    encoder = {"name": "index_embedding", "shapes": 48, "code_channels": 16}
    data = dataset(tmp_path / "data")
    before, after = reached(tmp_path, data, encoder, training={"learning_rate": 1e-2})
    assert before < 0.35
    assert after > 0.75
    wrong = recipe(tmp_path / "wrong.toml", data, encoder | {"shapes": 47})
    with pytest.raises(Exception, match="set shapes = 48"):
        train(wrong, tmp_path / "wrong", device="cpu")


def test_local_features(tmp_path: Path) -> None:
    encoder = {
        "name": "local_pointnet",
        "features": ["xz", "xy", "yz"],
        "hidden_channels": 16,
        "code_channels": 16,
        "blocks": 2,
        "plane_resolution": 16,
        "plane_depth": 3,
        "unet_channels": 8,
    }
    decoder = {"name": "local_features", "hidden_channels": 16, "blocks": 2}
    before, after = reached(tmp_path, dataset(tmp_path / "data"), encoder, decoder, training={"steps": 200})
    assert before < 0.35
    assert after > 0.75


def test_a_conditioning_without_samples_is_refused(tmp_path: Path) -> None:
    path = recipe(tmp_path / "recipe.toml", tmp_path, {"name": "resnet"})
    text = path.read_text()
    path.write_text(text[: text.index("[samples]")] + text[text.index("[encoder]") :])
    with pytest.raises(RecipeError, match=r"\[samples\]"):
        train(path, tmp_path / "run", device="cpu")
