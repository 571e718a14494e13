"""Training: it learns, resumes exactly, and stops with a reason when the loss is lost."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from occnet.errors import FileError, ModelError, RecipeError
from occnet.networks.checkpoint import load_model
from occnet.pipeline.train import run_record
from occnet.pipeline.train.config import TrainingConfig, training_recipe
from occnet.pipeline.train.dry_run import plan
from occnet.pipeline.train.train import learning_rate, train
from occnet.recipe import read_recipe, to_toml


def recipe(folder: Path, dataset: Path, **training: object) -> Path:
    tables = {
        "data": {"datasets": [str(dataset)], "shares": [1.0], "validation": str(dataset)},
        "scans": {"points_min": 100, "points_max": 200, "uniform_queries": 128, "near_queries": 128, "noise_max": 0.005},
        "encoder": {
            "name": "neighbourhood_grid",
            "resolution": 16,
            "sparse_channels": [16, 16],
            "sparse_blocks": [1, 1],
            "dense_channels": [16],
            "dense_blocks": [1],
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
            "pictures": 0,
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
    trained = train(recipe(tmp_path, spheres, pictures=2), tmp_path / "run")
    assert untrained < 0.5
    assert trained > 0.8
    assert sorted(path.name for path in (tmp_path / "run").iterdir() if "tfevents" not in path.name) == [
        "best",
        "checkpoints",
        "environment.json",
        "losses.csv",
        "model",
        "pictures",
        "recipe.toml",
        "report.html",
        "validation.csv",
    ]
    assert any("tfevents" in path.name for path in (tmp_path / "run").iterdir())
    field = load_model(tmp_path / "run" / "model").field(torch.nn.functional.normalize(torch.randn(200, 3), dim=-1) / 2)
    assert field(torch.tensor([[0.0, 0.0, 0.3]])) > 0
    assert field(torch.tensor([[0.5, 0.5, 0.5]])) < 0


def test_training_starts_from_a_trained_model_and_may_add_inputs_and_blocks(tmp_path: Path, spheres: Path) -> None:
    first = train(recipe(tmp_path, spheres, steps=40, validate_every=40), tmp_path / "first")
    tables = read_recipe(recipe(tmp_path, spheres, steps=1, learning_rate=1e-9, start_model=str(tmp_path / "first" / "model")))
    tables["encoder"] = {**tables["encoder"], "normals": True, "sparse_blocks": [1, 3]}
    path = tmp_path / "second.toml"
    path.write_text(to_toml(tables))
    assert train(path, tmp_path / "second") == pytest.approx(first, abs=2e-3)  # the model is stored as float16
    assert load_model(tmp_path / "second" / "model").encoder.reads_normals
    tables["encoder"] = {**tables["encoder"], "sparse_channels": [16], "sparse_blocks": [1]}  # a level less
    path.write_text(to_toml(tables))
    with pytest.raises(RecipeError, match="cannot start this network"):
        train(path, tmp_path / "third")
    tables["encoder"] = {**tables["encoder"], "sparse_channels": [16, 16], "sparse_blocks": [1, 1]}
    tables["encoder"] = {**tables["encoder"], "point_channels": 24}
    path.write_text(to_toml(tables))
    with pytest.raises(RecipeError, match=r"cannot start this network: .* \(.*16.*\) in it, but \(.*24.*\) here"):
        train(path, tmp_path / "third")


@pytest.mark.parametrize("optimizer", [pytest.param("adamw", marks=pytest.mark.slow), "muon"])
def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit(
    tmp_path: Path, spheres: Path, optimizer: str, torch_threads: Callable[[int], None]
) -> None:
    torch_threads(1)  # sums in one fixed order
    path = recipe(tmp_path, spheres, optimizer=optimizer)
    train(path, tmp_path / "whole")
    (tmp_path / "broken" / "checkpoints").mkdir(parents=True)
    name = "step-00000040.safetensors"
    shutil.copy(tmp_path / "whole" / "checkpoints" / name, tmp_path / "broken" / "checkpoints" / name)
    train(path, tmp_path / "broken")
    final = "checkpoints/step-00000060.safetensors"
    assert (tmp_path / "whole" / final).read_bytes() == (tmp_path / "broken" / final).read_bytes()
    assert (tmp_path / "whole" / "model" / "model.safetensors").read_bytes() == (
        tmp_path / "broken" / "model" / "model.safetensors"
    ).read_bytes()


def test_the_resolved_recipe_describes_the_run_again(tmp_path: Path, spheres: Path) -> None:
    train(recipe(tmp_path, spheres, steps=1, validate_every=1), tmp_path / "run")
    assert training_recipe(tmp_path / "run" / "recipe.toml").training.learning_rate == 4e-3
    assert read_recipe(tmp_path / "run" / "recipe.toml")["decoder"]["neighbours"] == 12  # defaults are written out


def test_a_lost_loss_is_named_and_the_checkpoint_before_it_stays_good(
    tmp_path: Path, spheres: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match=r"became .* in step \d+; no checkpoint had been written"):
        train(recipe(tmp_path, spheres, learning_rate=1e30, gradient_limit=1e30), tmp_path / "run")
    train(recipe(tmp_path, spheres, steps=20, gradient_limit=1e30), tmp_path / "good")
    monkeypatch.setattr("occnet.pipeline.train.train.learning_rate", lambda *_: 1e30)
    before = (tmp_path / "good" / "checkpoints" / "step-00000020.safetensors").read_bytes()
    with pytest.raises(ModelError, match="weights are back at step 20"):
        train(recipe(tmp_path, spheres, steps=40, gradient_limit=1e30), tmp_path / "good")
    assert (tmp_path / "good" / "checkpoints" / "step-00000020.safetensors").read_bytes() == before


def losses(run: Path) -> list[float]:
    with (run / "losses.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def test_accumulated_gradients_without_batch_norms_are_those_of_the_whole_batch(tmp_path: Path, spheres: Path) -> None:
    train(recipe(tmp_path, spheres, steps=10), tmp_path / "whole")
    train(recipe(tmp_path, spheres, steps=10, accumulate=2), tmp_path / "parts")
    assert losses(tmp_path / "parts") == pytest.approx(losses(tmp_path / "whole"), rel=1e-3)
    with pytest.raises(RecipeError, match="cannot share equally"):
        train(recipe(tmp_path, spheres, accumulate=3), tmp_path / "run")


def test_samples_made_by_worker_processes_are_those_of_a_thread(tmp_path: Path, spheres: Path) -> None:
    train(recipe(tmp_path, spheres, steps=6), tmp_path / "thread")
    train(recipe(tmp_path, spheres, steps=6, workers=2), tmp_path / "workers")
    assert losses(tmp_path / "workers") == losses(tmp_path / "thread")
    with pytest.raises(RecipeError, match="workers must be at least 0"):
        train(recipe(tmp_path, spheres, workers=-1), tmp_path / "run")


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_where_there_are_no_batch_norms(tmp_path: Path, spheres: Path) -> None:
    path = recipe(tmp_path, spheres, steps=10)
    train(path, tmp_path / "one", device="cpu")
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "occnet"]
    arguments = ["train", str(path), "-o", str(tmp_path / "two"), "--device", "cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *command, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-3)
    assert json.loads((tmp_path / "two" / "environment.json").read_text())[0]["processes"] == 2
    one, two = (load_file(tmp_path / run / "checkpoints" / "step-00000010.safetensors") for run in ("one", "two"))
    difference = max((one[key] - two[key]).abs().max().item() for key in one if key.startswith("network."))
    assert difference < 0.01  # Adam's first steps are as long whatever the gradient, so that rounding is felt


def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(
    tmp_path: Path, spheres: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, run = recipe(tmp_path, spheres, steps=20, checkpoint_every=10, validate_every=20), tmp_path / "run"
    real = os.fsync

    def full(handle: int) -> None:
        if (run / "checkpoints" / "step-00000010.safetensors").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        train(path, run)
    monkeypatch.undo()
    assert [entry.name for entry in (run / "checkpoints").iterdir()] == ["step-00000010.safetensors"]
    train(path, run)
    train(path, tmp_path / "unbroken")
    end = "checkpoints/step-00000020.safetensors"
    one, two = load_file(run / end), load_file(tmp_path / "unbroken" / end)
    torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-4)


def test_the_best_model_is_kept_apart_from_the_newest(tmp_path: Path, spheres: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = recipe(tmp_path, spheres, steps=40, validate_every=20, checkpoint_every=20)
    best = train(path, tmp_path / "run")
    # from here on it can only get worse: a rate that throws the weights about, but not out of the numbers
    monkeypatch.setattr("occnet.pipeline.train.train.learning_rate", lambda *_: 3.0)
    train(recipe(tmp_path, spheres, steps=60, validate_every=20), tmp_path / "run")
    with (tmp_path / "run" / "validation.csv").open() as file:
        scores = [float(row["iou"]) for row in csv.DictReader(file)]
    assert max(scores[:2]) == pytest.approx(best, abs=1e-6)
    assert scores[-1] < best
    newest, kept = ((tmp_path / "run" / name / "model.safetensors").read_bytes() for name in ("model", "best"))
    assert newest != kept


def test_a_plan_prints_what_would_be_done_and_writes_nothing(tmp_path: Path, spheres: Path) -> None:
    text = plan(recipe(tmp_path, spheres))
    assert "learning_rate = 0.004" in text
    assert "3 training shapes" in text
    assert "seen about 80.0 times" in text  # 60 steps of 4 samples of 3 shapes
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["recipe.toml", "spheres"]


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


def test_a_run_from_a_checkout_that_is_not_installed_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_record, "_PACKAGES", ("torch", "occnet-that-nobody-installed"))
    run_record.record_run(tmp_path, 7, 1, torch.device("cpu"), "32-true")
    (leg,) = json.loads((tmp_path / "environment.json").read_text())
    assert leg["from_step"] == 7
    assert leg["packages"] == {"torch": version("torch"), "occnet-that-nobody-installed": None}


def test_the_rate_warms_up_stays_and_falls_to_zero() -> None:
    config = TrainingConfig(steps=1000, warmup_steps=100, decay_share=0.3, learning_rate=1e-3)
    rates = [learning_rate(step, config) for step in range(1000)]
    assert rates[0] == pytest.approx(1e-5)
    assert all(rate == 1e-3 for rate in rates[100:700])
    assert rates[850] == pytest.approx(0.5e-3, rel=0.01)
    assert 0 < rates[-1] < 1e-5
    cosine = [learning_rate(step, replace(config, decay="cosine")) for step in range(1000)]
    assert cosine[:700] == rates[:700]
    assert cosine[775] == pytest.approx(1e-3 * (0.5 + 0.5 * 2**-0.5), rel=0.01)
    assert 0 < cosine[-1] < 1e-7
