"""A batch in parts has the losses of the whole one, unless batch norms or latent codes look at each part by itself."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from occnet.networks.registry import build_network
from occnet.pipeline.train.processes import depends_on_parts
from occnet.pipeline.train.train import train
from occnet.recipe import to_toml

CODE = {"name": "residual_pointnet", "hidden_channels": 8, "code_channels": 8, "blocks": 1}
SMALL = {"hidden_channels": 8, "blocks": 1}
NETWORKS: dict[str, dict[str, dict[str, Any]]] = {
    "plain": {"encoder": CODE, "decoder": {"name": "concatenation", **SMALL}},
    "batch_norms": {"encoder": CODE, "decoder": {"name": "conditional_batch_norm", **SMALL}},
    "latent": {
        "encoder": {"name": "nothing"},
        "decoder": {"name": "concatenation", **SMALL},
        "latent": {"latent_channels": 4, "hidden_channels": 8},
    },
}


def losses(recipe: dict[str, Any], folder: Path, accumulate: int) -> list[float]:
    recipe = {**recipe, "training": {**recipe["training"], "accumulate": accumulate}}
    (folder / "recipe.toml").write_text(to_toml(recipe))
    train(folder / "recipe.toml", folder / f"run-{accumulate}")
    with (folder / f"run-{accumulate}" / "losses.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_batch_in_parts_has_other_losses_only_where_the_run_says_so(
    tmp_path: Path, sphere_dataset: Callable[[Path], Path], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    data = str(sphere_dataset(tmp_path / "spheres"))
    training = {"steps": 5, "batch_size": 4, "learning_rate": 1e-2, "warmup_steps": 0, "precision": "32-true"}
    recipe = {
        "data": {"datasets": [data], "shares": [1.0], "validation": data},
        "samples": {"points": 64, "uniform_queries": 32},
        **NETWORKS[name],
        "training": {**training, "validation_shapes": 3, "validation_queries": 256, "pictures": 0},
    }
    whole = losses(recipe, tmp_path, 1)
    assert "by itself" not in capsys.readouterr().out
    parts = losses(recipe, tmp_path, 2)
    other = depends_on_parts(build_network(NETWORKS[name]))
    assert other == (name != "plain")
    assert (parts != pytest.approx(whole, rel=1e-4)) == other
    assert ("each of the 2 parts of a batch by itself" in " ".join(capsys.readouterr().out.split())) == other
