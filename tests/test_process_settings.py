"""What belongs to the process is the caller's: no function of the package leaves it changed, nor does importing it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
import trimesh
from PIL import Image
from torch.utils.tensorboard import SummaryWriter  # noqa: F401 (others' imports have their own effects: they come first)

import occnet
from occnet.data.datasets import open_split
from occnet.files.images import read_image
from occnet.files.material_colors import texture_of
from occnet.networks.checkpoint import save_model
from occnet.networks.registry import build_network
from occnet.pipeline.evaluate.compare import evaluate_model
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.prepare.prepare import PrepareOptions, estimate_synthetic, prepare_meshes, prepare_synthetic
from occnet.pipeline.prepare.shape_samples import sample_synthetic
from occnet.pipeline.quiet import keep_others_quiet
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.train.train import train
from occnet.recipe import to_toml

SMALL = PrepareOptions(uniform_points=512, near_points=256, surface_points=1024, shapes_per_shard=4, workers=1)
NETWORK = {
    "encoder": {"name": "pointnet", "hidden_channels": 16, "code_channels": 16},
    "decoder": {"name": "conditional_batch_norm", "hidden_channels": 16},
}


def settings() -> dict[str, Any]:
    """What a process has one of, and a caller may have chosen."""
    kind, keys, *place = np.random.get_state()
    return {
        "torch threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "environment": {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "filters of warnings": list(warnings.filters),
        "random numbers": random.getstate(),
        "numpy's random numbers": (kind, np.asarray(keys).tolist(), *place),
        "torch's random numbers": torch.get_rng_state().tolist(),
        "torch's defaults": (torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled()),
        "torch's precision": (torch.get_float32_matmul_precision(), torch.are_deterministic_algorithms_enabled()),
        "numpy's errors": np.geterr(),
        "start of processes": multiprocessing.get_start_method(allow_none=True),
        "matplotlib": (mpl.rcParams["backend"], dict(mpl.rcParams)),
        "folder": os.getcwd(),
        "signals": [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)],
        "hooks": (sys.excepthook, sys.displayhook, sys.getrecursionlimit()),
        "logs": [
            (logger.level, logger.disabled, list(logger.handlers), logger.propagate)
            for logger in map(logging.getLogger, ("", "PIL", "trimesh", "lightning.fabric", "torch"))
        ],
    }


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Which of the settings are not the same; their values, of the environment above all, are nobody's business."""
    return [what for what in one if one[what] != other[what]]


def recipe(folder: Path, **training: object) -> Path:
    """A training of two steps on procedural shapes."""
    tables = {
        "data": {"datasets": ["procedural"], "shares": [1.0], "validation": "procedural"},
        "scans": {"points_min": 50, "points_max": 60, "uniform_queries": 64, "near_queries": 64},
        **NETWORK,
        "training": {
            "steps": 2,
            "batch_size": 2,
            "validate_every": 2,
            "validation_shapes": 2,
            "validation_points": [100],
            "validation_queries": 64,
            "pictures": 1,
            **training,
        },
    }
    path = folder / "recipe.toml"
    path.write_text(to_toml(tables))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mesh, a cloud, a picture, and a model that has learnt nothing."""
    (tmp_path / "meshes").mkdir()
    box = trimesh.creation.box((1.0, 0.5, 0.25))
    box.export(tmp_path / "meshes" / "box.ply")
    box.export(tmp_path / "meshes" / "box.glb")
    np.savetxt(tmp_path / "cloud.xyz", np.asarray(box.sample(300, seed=0)))
    Image.new("RGB", (12, 12)).save(tmp_path / "picture.png")
    state = torch.get_rng_state()
    save_model(tmp_path / "model", build_network(NETWORK))
    torch.set_rng_state(state)
    return tmp_path


def _prepare(folder: Path) -> None:
    prepare_meshes(folder / "meshes", folder / "data", SMALL)


def _evaluate(folder: Path) -> None:
    options = CompareOptions(points=(100,), resolution=16, device="cpu", split="all", most=1)
    evaluate_model(str(folder / "model"), folder / "meshes", options)


def _reconstruct(folder: Path) -> None:
    options = ReconstructOptions(resolution=16, device="cpu")
    reconstruct_file(folder / "cloud.xyz", folder / "mesh.ply", options)


CALLS: dict[str, Callable[[Path], Any]] = {
    "sample_synthetic": lambda folder: sample_synthetic("synthetic/0/0", SMALL),
    "prepare_synthetic": lambda folder: prepare_synthetic(2, folder / "data", SMALL),
    "estimate_synthetic": lambda folder: estimate_synthetic(2, SMALL),
    "prepare_meshes": _prepare,
    "train": lambda folder: train(recipe(folder), folder / "run", device="cpu"),
    "evaluate": _evaluate,
    "reconstruct": _reconstruct,
    "read_mesh": lambda folder: occnet.read_mesh(folder / "meshes" / "box.glb"),
    "read_image": lambda folder: read_image(folder / "picture.png"),
    "procedural": lambda folder: open_split("procedural", "train").surface(0, 10, np.random.default_rng(0)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_leaves_the_settings_of_its_caller_as_they_were(
    name: str, folder: Path, torch_threads: Callable[[int], None]
) -> None:
    torch_threads(3)
    before = settings()
    CALLS[name](folder)
    assert differing(before, settings()) == []


def test_other_threads_see_nothing_of_a_file_that_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter or a logger that is set for a while is set for all threads, and two that do so at once leave it set."""
    before, seen = settings(), list[dict[str, Any]]()

    def watched(through: Callable) -> Callable:
        return lambda *given, **named: (seen.append(settings()), through(*given, **named))[1]

    monkeypatch.setattr(Image, "open", watched(Image.open))
    read_image(folder / "picture.png")
    texture_of(folder / "picture.png")
    occnet.read_mesh(folder / "meshes" / "box.glb")
    assert [differing(before, during) for during in seen] == [[], []]


def test_what_the_caller_has_decided_about_large_pictures_holds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.warns(Image.DecompressionBombWarning):
        assert read_image(folder / "picture.png").shape == (12, 12, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keep_others_quiet()  # as programs and workers of ours do
        assert read_image(folder / "picture.png").shape == (12, 12, 3)


def test_importing_the_package_sets_nothing_in_the_environment() -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    code = "import os; before = dict(os.environ); import occnet; occnet.extract_mesh, occnet.reconstruct, occnet.load_model\n"
    code += "from occnet import cli; from occnet.pipeline import train, prepare; assert dict(os.environ) == before"
    subprocess.run([sys.executable, "-c", code], env=kept, check=True)


def test_a_model_is_made_without_the_random_numbers_of_the_caller(folder: Path) -> None:
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    train(recipe(folder), folder / "run", device="cpu")
    occnet.load_model("points")
    assert torch.equal(torch.rand(5), expected)
