"""What a training will do, before it does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from occnet.data.batches import normal_shares
from occnet.data.split_protocol import Split
from occnet.errors import RecipeError
from occnet.networks.checkpoint import load_model
from occnet.networks.encoders.imagenet_start import start_from_imagenet
from occnet.networks.encoders.resnet import ResNetEncoder
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.random_numbers import own_random_numbers
from occnet.networks.registry import build_network
from occnet.networks.starting import start_from
from occnet.observations.kinds import kind_named
from occnet.pipeline.train.config import TrainingRecipe, training_recipe
from occnet.pipeline.train.processes import depends_on_parts, parts_in_all
from occnet.pipeline.train.resuming import PARTS, SHAPES, changes_since, resolved_tables
from occnet.pipeline.train.training_data import TrainingData, open_training_data
from occnet.recipe import to_toml


@own_random_numbers()
def plan(recipe: Path, *, run: Path | None = None, steps: int | None = None) -> str:
    """What `train` would do: the resolved recipe, the size of the network, and what its data hold. Trains and writes nothing.

    run: the run folder; what has changed since its newest checkpoint is listed. No accelerator is needed.
    Raises the same errors as `train` when recipe, data and run do not fit.
    """
    resolved = training_recipe(recipe, **({} if steps is None else {"steps": steps}))
    network = new_network(resolved, str(recipe))
    data = open_training_data(resolved, network)
    tables = described(resolved, network, data)
    changes = changes_since(run, tables) if run else {}
    return (
        f"{to_toml(resolved_tables(resolved, network))}\n{changed(changes)}"
        f"{in_short(network, data)}, {_number(data.validation)} for validation.\n"
        f"{resolved.training.steps:,} steps of {resolved.training.batch_size} samples: {_how_often(resolved, data)}."
    )


def changed(changes: dict[str, str]) -> str:
    """What has changed of a recipe (see `changes_since`), a line each; nothing where nothing has."""
    listed = "".join(f"  {key}: {values}\n" for key, values in changes.items())
    return listed and f"Changed since the newest checkpoint:\n{listed}"


def _how_often(recipe: TrainingRecipe, data: TrainingData) -> str:
    """How often each shape of each dataset is drawn, in the mean; the endless ones are drawn once."""
    samples = recipe.training.steps * recipe.training.batch_size
    shares = normal_shares(recipe.data.shares, len(data.splits))
    said = []
    for dataset, split, share in zip(recipe.data.datasets, data.splits, shares, strict=True):
        if split.endless:
            said.append(f"{samples * share:,.0f} procedural shapes are made and seen once")
        else:
            said.append(f"each shape of {dataset} is seen about {samples * share / len(split):,.1f} times")
    return ", ".join(said)


def _number(split: Split) -> str:
    return "endless procedural" if split.endless else f"{len(split):,}"


def new_network(recipe: TrainingRecipe, where: str) -> OccupancyNetwork:
    """The network of a recipe as training starts with it.

    Raises RecipeError when its tables do not fit together, ModelError when the model that it starts from is not there.
    """
    network = build_network(recipe.network, where)
    if recipe.training.image_weights:
        if not isinstance(network.encoder, ResNetEncoder):
            raise RecipeError(f"image_weights start an image encoder, but {where} has none; remove the key.")
        start_from_imagenet(network.encoder, recipe.training.image_weights)
    if recipe.training.start_model:
        start_from(network, load_model(recipe.training.start_model), recipe.training.start_model)
    made = recipe.samples or recipe.pictures or recipe.whole_pictures
    if made is None and not kind_named(network.reads).sized:
        raise RecipeError(
            f"{where} has an encoder that reads {network.reads}; add a table [samples], which says how many queries."
        )
    return network


def described(recipe: TrainingRecipe, network: OccupancyNetwork, data: TrainingData) -> dict[str, Any]:
    """All that decides what comes out of a training: resolved tables, shapes, and the parts of a batch where these matter."""
    shapes = {
        dataset: len(split) for dataset, split in zip(recipe.data.datasets, data.splits, strict=True) if not split.endless
    }
    parts = parts_in_all(recipe.training)
    return resolved_tables(recipe, network) | {SHAPES: shapes} | ({PARTS: parts} if depends_on_parts(network) else {})


def in_short(network: OccupancyNetwork, data: TrainingData) -> str:
    """The size of the network and of its data, in a line."""
    millions = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    return f"{millions:.2f} M parameters; {' + '.join(map(_number, data.splits))} training shapes"
