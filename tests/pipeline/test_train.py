"""Training: it learns, resumes exactly, and stops with a reason when the loss is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from occnet.errors import ModelError, RecipeError
from occnet.networks.checkpoint import load_model
from occnet.pipeline.train import learning_rate, train
from occnet.pipeline.training_config import TrainingConfig, training_recipe
from occnet.recipe import read_recipe, to_toml


def recipe(folder: Path, dataset: Path, **training: object) -> Path:
    tables = {
        "data": {"datasets": [str(dataset)], "shares": [1.0], "validation": str(dataset)},
        "scans": {"points_min": 100, "points_max": 200, "uniform_queries": 128, "near_queries": 128, "noise_max": 0.005},
        "encoder": {
            "name": "neighbourhood_grid",
            "resolution": 8,
            "grid_channels": [16, 16],
            "grid_blocks": [1, 1],
            "point_channels": 16,
            "pair_channels": 16,
        },
        "decoder": {"name": "nearest_points", "channels": 32, "pair_channels": 16, "heads": 4},
        "training": {
            "steps": 60,
            "batch_size": 4,
            "learning_rate": 4e-3,
            "warmup_steps": 5,
            "precision": "32-true",
            "checkpoint_every": 20,
            "validate_every": 60,
            "validation_shapes": 3,
            "validation_points": [200],
            "validation_queries": 1024,
            "average_decay": 0.9,
            **training,
        },
    }
    path = folder / "recipe.toml"
    path.write_text(to_toml(tables))
    return path


@pytest.fixture
def spheres(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> Path:
    return sphere_dataset(tmp_path / "spheres")


def test_a_few_steps_beat_the_untrained_network_by_far(tmp_path: Path, spheres: Path) -> None:
    untrained = train(recipe(tmp_path, spheres, steps=1, validate_every=1), tmp_path / "untrained")
    trained = train(recipe(tmp_path, spheres), tmp_path / "run")
    assert untrained < 0.5
    assert trained > 0.8
    assert sorted(path.name for path in (tmp_path / "run").iterdir() if "tfevents" not in path.name) == [
        "checkpoints",
        "log.csv",
        "model",
        "recipe.toml",
    ]
    assert any("tfevents" in path.name for path in (tmp_path / "run").iterdir())
    field = load_model(tmp_path / "run" / "model").field(torch.nn.functional.normalize(torch.randn(200, 3), dim=-1) / 2)
    assert field(torch.tensor([[0.0, 0.0, 0.3]])) > 0
    assert field(torch.tensor([[0.5, 0.5, 0.5]])) < 0


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit(tmp_path: Path, spheres: Path, optimizer: str) -> None:
    torch.set_num_threads(1)  # sums in one fixed order
    path = recipe(tmp_path, spheres, optimizer=optimizer)
    train(path, tmp_path / "whole")
    (tmp_path / "broken" / "checkpoints").mkdir(parents=True)
    name = "step-00000040.safetensors"
    shutil.copy(tmp_path / "whole" / "checkpoints" / name, tmp_path / "broken" / "checkpoints" / name)
    train(path, tmp_path / "broken")
    torch.set_num_threads(2)
    final = "checkpoints/step-00000060.safetensors"
    assert (tmp_path / "whole" / final).read_bytes() == (tmp_path / "broken" / final).read_bytes()
    assert (tmp_path / "whole" / "model" / "model.safetensors").read_bytes() == (
        tmp_path / "broken" / "model" / "model.safetensors"
    ).read_bytes()


def test_the_resolved_recipe_describes_the_run_again(tmp_path: Path, spheres: Path) -> None:
    train(recipe(tmp_path, spheres, steps=1, validate_every=1), tmp_path / "run")
    assert training_recipe(tmp_path / "run" / "recipe.toml").training.learning_rate == 4e-3
    assert read_recipe(tmp_path / "run" / "recipe.toml")["decoder"]["neighbours"] == 12  # defaults are written out


def test_a_lost_loss_is_named(tmp_path: Path, spheres: Path) -> None:
    with pytest.raises(ModelError, match="loss became"):
        train(recipe(tmp_path, spheres, learning_rate=1e30, gradient_limit=1e30), tmp_path / "run")


def test_a_damaged_checkpoint_is_named_and_not_skipped(tmp_path: Path, spheres: Path) -> None:
    path = recipe(tmp_path, spheres, steps=20, checkpoint_every=10, validate_every=20)
    train(path, tmp_path / "run")
    newest = sorted((tmp_path / "run" / "checkpoints").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"step-00000020\.safetensors is damaged"):
        train(path, tmp_path / "run")


def test_wrong_recipes_name_the_key(tmp_path: Path, spheres: Path) -> None:
    with pytest.raises(RecipeError, match=r"stepss.*\[training\]"):
        training_recipe(recipe(tmp_path, spheres, stepss=3))
    with pytest.raises(RecipeError, match="a whole number"):
        training_recipe(recipe(tmp_path, spheres, steps="many"))
    with pytest.raises(RecipeError, match="adamw or muon"):
        train(recipe(tmp_path, spheres, optimizer="sgd"), tmp_path / "run")
    with pytest.raises(RecipeError, match="does not exist"):
        training_recipe(tmp_path / "none.toml")


def test_the_rate_warms_up_stays_and_falls_to_zero() -> None:
    config = TrainingConfig(steps=1000, warmup_steps=100, decay_share=0.3, learning_rate=1e-3)
    rates = [learning_rate(step, config) for step in range(1000)]
    assert rates[0] == pytest.approx(1e-5)
    assert all(rate == 1e-3 for rate in rates[100:700])
    assert rates[850] == pytest.approx(0.5e-3, rel=0.01)
    assert 0 < rates[-1] < 1e-5
