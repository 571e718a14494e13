"""Networks that draw surfaces go through train, load, reconstruct and evaluate as those with a field do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from occnet.files.clouds import read_cloud
from occnet.networks.checkpoint import load_model
from occnet.pipeline.evaluate.compare import as_markdown, evaluate_model
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.models import list_models
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.train.run_tables import SCORES, read_table
from occnet.pipeline.train.train import train
from occnet.recipe import to_toml

DECODERS = {
    "voxel_grid": {"resolution": 16, "hidden_channels": 32},
    "point_set": {"points": 256, "hidden_channels": 64},
    "template_mesh": {"subdivisions": 2, "stages": 2, "hidden_channels": 32},
    "surface_patches": {"patches": 6, "points": 5, "hidden_channels": 32},
}


def recipe(folder: Path, dataset: Path, decoder: str, steps: int) -> Path:
    surfaces = decoder != "voxel_grid"
    tables = {
        "data": {"datasets": [str(dataset)], "shares": [1.0], "validation": str(dataset)},
        "samples": {"points": 100, "uniform_queries": 8 if surfaces else 512, "framed": False},
        "encoder": {"name": "residual_pointnet", "hidden_channels": 32, "code_channels": 32},
        "decoder": {"name": decoder, **DECODERS[decoder]},
        **({"loss": {"name": "surface_distance", "points": 1000}} if surfaces else {}),
        "training": {
            "steps": steps,
            "batch_size": 4,
            "learning_rate": 3e-3,
            "warmup_steps": 5,
            "precision": "32-true",
            "checkpoint_every": 60,
            "validate_every": steps,
            "validation_shapes": 3,
            "validation_queries": 1024,
            "average_decay": 0.9,
            "pictures": 1,
            "loggers": [],
        },
    }
    path = folder / "recipe.toml"
    path.write_text(to_toml(tables))
    return path


QUICK = ("point_set", "surface_patches")


@pytest.mark.parametrize(
    "decoder", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in DECODERS]
)
def test_it_learns_balls_and_is_loaded_reconstructed_and_scored(
    decoder: str, tmp_path: Path, sphere_dataset: Callable[[Path], Path]
) -> None:
    dataset = sphere_dataset(tmp_path / "spheres")
    (dataset / "validation").rename(dataset / "test")
    (dataset / "validation").symlink_to(dataset / "test")
    run = tmp_path / "run"
    train(recipe(tmp_path, dataset, decoder, 60), run)
    best = train(recipe(tmp_path, dataset, decoder, 120), run)  # goes on from its checkpoint
    measure = "iou" if decoder == "voxel_grid" else "f_score"
    assert [row["step"] for row in read_table(run / SCORES)] == [60, 120]
    assert read_table(run / SCORES)[-1][measure] == pytest.approx(best, abs=1e-4)
    assert best > (0.6 if decoder == "voxel_grid" else 0.7)  # coarse voxels
    assert (run / "pictures").is_dir()
    assert ("IoU" if measure == "iou" else "F-score") in str(list_models([run])[-1])
    network = load_model(run / "best")
    generator = np.random.default_rng(0)
    directions = generator.standard_normal((100, 3))
    cloud = 40.0 * directions / np.linalg.norm(directions, axis=1, keepdims=True) + 7.0
    found = reconstruct(cloud, model=network)
    assert np.linalg.norm(found.mesh.vertices - 7.0, axis=1).mean() == pytest.approx(40.0, rel=0.2)
    assert (len(found.mesh.faces) == 0) == (decoder == "point_set")
    options = CompareOptions(points=(100,), noise=0.0, most=2, resolution=32)
    rows = evaluate_model(str(run / "best"), dataset, options)
    assert np.isnan(rows[0].scores["iou"]) == (decoder in ("point_set", "surface_patches"))
    assert np.isnan(rows[0].scores["normal_consistency"]) == (decoder == "point_set")
    assert rows[0].scores["chamfer_l1"] < 0.12
    assert ("| - " in as_markdown(rows)) == (decoder in ("point_set", "surface_patches"))


def test_the_command_writes_a_set_of_points_as_one(tmp_path: Path, sphere_dataset: Callable[[Path], Path]) -> None:
    from occnet.cli import main

    dataset = sphere_dataset(tmp_path / "spheres")
    train(recipe(tmp_path, dataset, "point_set", 1), tmp_path / "run")
    np.save(tmp_path / "scan.npy", np.random.default_rng(0).standard_normal((50, 3)))
    out = tmp_path / "out.ply"
    main(["reconstruct", str(tmp_path / "scan.npy"), "-o", str(out), "--model", str(tmp_path / "run" / "best")])
    assert len(read_cloud(out).points) == 256
