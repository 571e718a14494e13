"""Every recipe in recipes/ is whole: it follows the tables, builds its network, and takes a step on a few small shapes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from occnet.data.batches import Batch
from occnet.networks.registry import build_network
from occnet.pipeline.train.config import loss_of, training_recipe

FILES = sorted((Path(__file__).parents[3] / "recipes").glob("*.toml"))


def batch_for(reads: str, size: int, count: int, rows: int = 2, queries: int = 16) -> Batch:
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(rows, queries, 3, generator=generator) - 0.5
    observation = {
        "points": lambda: torch.rand(rows, count, 3, generator=generator) - 0.5,
        "image": lambda: torch.rand(rows, 3, size, size, generator=generator),
        "voxels": lambda: (torch.rand(rows, size, size, size, generator=generator) < 0.3).float(),
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
    loss = network.training_loss(loss_of(recipe), replace(batch, places=places, distances=batch.points.norm(dim=-1)))
    loss.backward()
    gradients = [parameter.grad for parameter in network.parameters()]
    assert loss.isfinite()
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)
    assert float(sum(gradient.abs().sum() for gradient in gradients if gradient is not None)) > 0
