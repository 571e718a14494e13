"""A run goes on under its own recipe alone: what would make it another training is refused, what may change is listed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from occnet.cli import main
from occnet.errors import FileError, ModelError, RecipeError
from occnet.files.locks import sole_use
from occnet.pipeline.train.dry_run import plan
from occnet.pipeline.train.run_record import read_legs
from occnet.pipeline.train.train import train
from occnet.pipeline.train.validation import Validation
from occnet.recipe import read_recipe, to_toml

CODE = {"name": "residual_pointnet", "hidden_channels": 8, "code_channels": 8, "blocks": 1}
CROSSED = {"name": "conditional_batch_norm", "hidden_channels": 8, "blocks": 1}
PLAIN = {"name": "concatenation", "hidden_channels": 8, "blocks": 1}


@pytest.fixture
def spheres(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> Path:
    return sphere_dataset(tmp_path / "spheres")


def recipe(path: Path, dataset: Path, decoder: dict[str, Any] = PLAIN, **changes: Any) -> Path:
    """A tiny training of two steps; changes replace keys, as training__seed = 1."""
    tables: dict[str, dict[str, Any]] = {
        "data": {"datasets": [str(dataset)], "shares": [1.0], "validation": str(dataset)},
        "samples": {"points": 64, "noise": 0.005, "uniform_queries": 32},
        "encoder": dict(CODE),
        "decoder": dict(decoder),
        "training": {
            "steps": 2,
            "batch_size": 4,
            "precision": "32-true",
            "checkpoint_every": 2,
            "validate_every": 2,
            "validation_shapes": 3,
            "validation_queries": 256,
            "pictures": 0,
        },
    }
    for name, value in changes.items():
        table, key = name.split("__")
        tables.setdefault(table, {})[key] = value
    path.write_text(to_toml(tables))
    return path


REFUSED = [
    ("training__optimizer", "muon", 'training.optimizer: "adamw" -> "muon"'),
    ("training__seed", 7, "training.seed: 0 -> 7"),
    ("training__learning_rate", 0.5, "training.learning_rate: 0.001 -> 0.5"),
    ("training__batch_size", 2, "training.batch_size: 4 -> 2"),
    ("training__average_decay", 0.5, "training.average_decay: 0.999 -> 0.5"),
    ("samples__noise", 0.25, "samples.noise: 0.005 -> 0.25"),
    ("data__shares", [2.0], "data.shares: [1.0] -> [2.0]"),
    ("encoder__hidden_channels", 16, "encoder.hidden_channels: 8 -> 16"),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two steps, `run`, beside its dataset, `spheres`."""
    return tmp_path_factory.mktemp("begun")


@pytest.mark.parametrize(("key", "value", "said"), REFUSED, ids=[key for key, _, _ in REFUSED])
def test_another_training_is_refused_and_the_run_stays_as_it_was(
    begun: Path, sphere_dataset: Callable[[Path], Path], key: str, value: Any, said: str
) -> None:
    data, run = begun / "spheres", begun / "run"
    if not run.exists():
        train(recipe(begun / "first.toml", sphere_dataset(data)), run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    changed = recipe(begun / "second.toml", data, **{key: value})
    for going_on in (lambda: train(changed, run), lambda: plan(changed, run=run)):
        with pytest.raises(RecipeError) as refusal:
            going_on()
        assert said in str(refusal.value)
        assert "new run folder" in str(refusal.value)
        assert "steps" in str(refusal.value)  # of what may change
        assert str(refusal.value).count(" -> ") == 1
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_what_may_change_is_taken_and_written_down(tmp_path: Path, spheres: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(recipe(tmp_path / "first.toml", spheres), tmp_path / "run")
    changes = {"steps": 4, "workers": 1, "checkpoint_every": 1, "validate_every": 4, "validation_queries": 128, "pictures": 1}
    longer = recipe(tmp_path / "second.toml", spheres, PLAIN, **{f"training__{key}": value for key, value in changes.items()})
    assert "training.steps: 2 -> 4" in plan(longer, run=tmp_path / "run")
    train(longer, tmp_path / "run")
    said = capsys.readouterr().out
    assert "Resumed after step 2" in said
    assert "training.steps: 2 -> 4" in said
    assert read_recipe(tmp_path / "run" / "recipe.toml")["training"]["steps"] == 4
    legs = json.loads((tmp_path / "run" / "environment.json").read_text())
    assert [leg["changes"] for leg in legs] == [[], [f"training.{key}: {was}" for key, was in sorted(SHOWN.items())]]
    assert (tmp_path / "run" / "checkpoints" / "step-00000003.safetensors").exists()


SHOWN = {
    "steps": "2 -> 4",
    "workers": "0 -> 1",
    "checkpoint_every": "2 -> 1",
    "validate_every": "2 -> 4",
    "validation_queries": "256 -> 128",
    "pictures": "0 -> 1",
}


def test_a_run_is_compared_with_what_trained_it_and_not_with_the_file_in_its_folder(tmp_path: Path, spheres: Path) -> None:
    train(recipe(tmp_path / "first.toml", spheres), tmp_path / "run")
    edited = tmp_path / "run" / "recipe.toml"
    edited.write_text(edited.read_text().replace("seed = 0", "seed = 3"))
    with pytest.raises(RecipeError, match=r"training\.seed: 0 -> 3"):
        train(edited, tmp_path / "run")


def test_a_checkpoint_of_an_earlier_version_is_compared_with_the_recipe_in_the_folder(tmp_path: Path, spheres: Path) -> None:
    first = recipe(tmp_path / "first.toml", spheres)
    train(first, tmp_path / "run")
    checkpoint = tmp_path / "run" / "checkpoints" / "step-00000002.safetensors"
    save_file(load_file(checkpoint), checkpoint, {"state": json.dumps({"step": 2, "best": 0.0})})
    written = tmp_path / "run" / "recipe.toml"
    written.write_text(written.read_text().replace("weight_decay = 0.01\n", ""))  # nor did it know all keys of today
    with pytest.raises(RecipeError, match=r"another training:\n  training\.seed: 0 -> 1\n"):
        train(recipe(tmp_path / "second.toml", spheres, training__seed=1), tmp_path / "run")
    train(first, tmp_path / "run")


def test_the_best_model_is_chosen_anew_where_validation_is_another(
    tmp_path: Path, spheres: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.9, 0.8, 0.3])
    monkeypatch.setattr("occnet.pipeline.train.train.validate", lambda *_: Validation((64,), (next(scores),), 0.5))
    assert train(recipe(tmp_path / "first.toml", spheres), tmp_path / "run") == 0.9
    assert train(recipe(tmp_path / "first.toml", spheres, training__steps=4), tmp_path / "run") == 0.9
    harder = recipe(tmp_path / "second.toml", spheres, training__steps=6, training__validation_queries=512)
    assert train(harder, tmp_path / "run") == 0.3


def test_the_parts_of_a_batch_may_change_only_where_nothing_depends_on_them(tmp_path: Path, spheres: Path) -> None:
    for name, decoder in (("plain", PLAIN), ("crossed", CROSSED)):
        train(recipe(tmp_path / "first.toml", spheres, decoder), tmp_path / name)
    parted = {"training__steps": 4, "training__accumulate": 2}
    train(recipe(tmp_path / "second.toml", spheres, PLAIN, **parted), tmp_path / "plain")
    with pytest.raises(RecipeError, match=r"parts_of_a_batch: 1 -> 2"):
        train(recipe(tmp_path / "second.toml", spheres, CROSSED, **parted), tmp_path / "crossed")


def test_a_dataset_that_has_grown_is_another(tmp_path: Path, spheres: Path) -> None:
    path = recipe(tmp_path / "recipe.toml", spheres)
    train(path, tmp_path / "run")
    shutil.copytree(spheres / "train" / "shard-00001", spheres / "train" / "shard-00002")
    with pytest.raises(RecipeError, match=r"shapes\..*spheres: 3 -> 4"):
        train(path, tmp_path / "run")


def test_the_command_line_shows_the_difference(tmp_path: Path, spheres: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(tmp_path / "run")
    assert main(["train", str(recipe(tmp_path / "first.toml", spheres)), "-o", run]) == 0
    other = str(recipe(tmp_path / "second.toml", spheres, training__seed=1))
    for arguments in ([], ["--dry-run"]):
        assert main(["train", other, "-o", run, *arguments]) == 2
        assert "training.seed: 0 -> 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("losses.csv", b"step,loss\n", r"losses\.csv begins with"),
        ("validation.csv", b"step,points,iou,threshold\nx\n", r"validation\.csv, line 2, is damaged"),
        ("environment.json", b"[{", r"environment\.json is damaged"),
        ("environment.json", b'{"a": 1}', r"environment\.json is damaged \(it holds no list of legs\)"),
    ],
)
def test_a_run_with_a_damaged_file_tells_which(
    begun: Path,
    tmp_path: Path,
    file: str,
    content: bytes,
    message: str,
    sphere_dataset: Callable[[Path], Path],
) -> None:
    data = begun / "spheres"
    if not (begun / "run").exists():
        train(recipe(begun / "first.toml", sphere_dataset(data)), begun / "run")
    shutil.copytree(begun / "run", tmp_path / "run")
    (tmp_path / "run" / file).write_bytes(content)
    longer = recipe(tmp_path / "longer.toml", data, training__steps=4)
    with pytest.raises(FileError, match=f"{message}.*move it away to go on"):
        train(longer, tmp_path / "run")
    if file.endswith(".csv"):
        assert len(read_legs(tmp_path / "run")) == 1  # what was refused is no leg
    (tmp_path / "run" / file).unlink()
    train(longer, tmp_path / "run")
    assert read_legs(tmp_path / "run")[-1]["from_step"] == 2
    assert (tmp_path / "run" / "checkpoints" / "step-00000004.safetensors").exists()


@pytest.mark.parametrize("state", [None, "null", "[1]", '{"step": "two", "best": 0.0}', '{"step": 2}', "[" * 100_000])
def test_a_checkpoint_that_does_not_tell_its_step_is_damaged(tmp_path: Path, spheres: Path, state: str | None) -> None:
    folder = tmp_path / "run" / "checkpoints"
    folder.mkdir(parents=True)
    save_file({"a": torch.zeros(1)}, folder / "step-00000002.safetensors", {} if state is None else {"state": state})
    with pytest.raises(ModelError, match=r"step-00000002\.safetensors is damaged \(.*\)\. Delete it"):
        train(recipe(tmp_path / "recipe.toml", spheres), tmp_path / "run")


def test_one_process_at_a_time_trains_in_a_folder(tmp_path: Path, spheres: Path) -> None:
    path = recipe(tmp_path / "recipe.toml", spheres)
    with (
        sole_use(tmp_path / "run", FileError("busy")),
        pytest.raises(RecipeError, match="is being trained in by another process"),
    ):
        train(path, tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []
    assert plan(path, run=tmp_path / "run")
    train(path, tmp_path / "run")


def test_a_run_folder_whose_name_is_too_long_is_one_sentence(
    tmp_path: Path, spheres: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, run = str(recipe(tmp_path / "recipe.toml", spheres)), str(tmp_path / ("x" * 300))
    for arguments in ([], ["--dry-run"]):
        assert main(["train", path, "-o", run, *arguments]) == 2
        assert "too long" in capsys.readouterr().err
