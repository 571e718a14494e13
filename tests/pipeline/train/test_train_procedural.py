"""Training on endless procedural shapes alone: it learns, resumes exactly, and two processes share its batches."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from occnet.errors import DatasetError
from occnet.networks.checkpoint import load_model
from occnet.pipeline.train.dry_run import plan
from occnet.pipeline.train.train import train
from occnet.pipeline.train.validation import Validation
from occnet.recipe import to_toml

NETWORK = {
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
}

pytestmark = pytest.mark.slow  # trains for more than 20 seconds


def recipe(folder: Path, dataset: str = "procedural", **training: object) -> Path:
    tables = {
        "data": {"datasets": [dataset], "shares": [1.0], "validation": dataset},
        "scans": {"points_min": 150, "points_max": 200, "uniform_queries": 128, "near_queries": 128, "noise_max": 0.005},
        **NETWORK,
        "training": {
            "batch_size": 4,
            "learning_rate": 4e-3,
            "warmup_steps": 5,
            "precision": "32-true",
            "checkpoint_every": 6,
            "validate_every": 1000,
            "validation_shapes": 4,
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


def losses(run: Path) -> list[float]:
    with (run / "losses.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def test_it_learns_from_shapes_that_it_sees_once(tmp_path: Path) -> None:
    untrained = train(recipe(tmp_path, steps=1), tmp_path / "untrained")
    trained = train(recipe(tmp_path, steps=40), tmp_path / "run")
    assert trained > untrained + 0.15


def test_there_is_a_best_model_even_where_it_is_right_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("occnet.pipeline.train.train.validate", lambda *_: Validation((200,), (0.0,), 0.5))
    assert train(recipe(tmp_path, steps=1), tmp_path / "run") == 0.0
    assert load_model(tmp_path / "run" / "best").reads == "points"


def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit(tmp_path: Path, torch_threads: Callable[[int], None]) -> None:
    torch_threads(1)  # sums in one fixed order
    path = recipe(tmp_path, steps=12)
    train(path, tmp_path / "whole")
    (tmp_path / "broken" / "checkpoints").mkdir(parents=True)
    shutil.copy(tmp_path / "whole" / "checkpoints" / "step-00000006.safetensors", tmp_path / "broken" / "checkpoints")
    train(path, tmp_path / "broken")
    final = "checkpoints/step-00000012.safetensors"
    assert (tmp_path / "whole" / final).read_bytes() == (tmp_path / "broken" / final).read_bytes()


def test_two_processes_have_the_losses_of_one(tmp_path: Path) -> None:
    path = recipe(tmp_path, steps=4)
    train(path, tmp_path / "one", device="cpu")
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "occnet"]
    arguments = ["train", str(path), "-o", str(tmp_path / "two"), "--device", "cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *command, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-3)


def test_the_plan_needs_no_disk_and_a_wrong_word_lists_what_is_possible(tmp_path: Path) -> None:
    said = plan(recipe(tmp_path, steps=25))
    assert "endless procedural training shapes, endless procedural for validation" in said
    assert said.endswith("25 steps of 4 samples: 100 procedural shapes are made and seen once.")
    assert [entry.name for entry in tmp_path.iterdir()] == ["recipe.toml"]
    with pytest.raises(DatasetError, match=r"no dataset 'prozedural'.*\"procedural\""):
        plan(recipe(tmp_path, dataset="prozedural"))
