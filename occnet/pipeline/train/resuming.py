"""Whether a run may go on under a recipe: what would make it another training is refused, the rest may change."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from occnet.errors import RecipeError
from occnet.networks.checkpoint import recorded
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from occnet.pipeline.train.config import LOSS_TABLE, PLUGINS, TrainingRecipe, plugins_of, recipe_of
from occnet.pipeline.train.state import newest_checkpoint, read_metadata
from occnet.recipe import read_recipe

SCORED_BY = (
    "data.validation",
    "field.adaptive",
    "training.validation_shapes",
    "training.validation_points",
    "training.validation_queries",
    "training.validation_noise",
)
"""Keys that decide what a validation score means: scores from before and after a change cannot be compared."""

MAY_CHANGE = (
    *SCORED_BY,
    "field.threshold",
    "training.steps",
    "training.accumulate",
    "training.workers",
    "training.precision",
    "training.checkpoint_every",
    "training.validate_every",
    "training.pictures",
    "training.loggers",
)
"""Keys that a run may go on with another value of; all others decide which weights come out of it."""

PARTS = "parts_of_a_batch"
"""Processes times accumulate, as a key beside the recipe's tables: of networks alone whose loss depends on them."""

SHAPES = "shapes"
"""Likewise a table: how many shapes each dataset has to draw from."""


def resolved_tables(recipe: TrainingRecipe, network: OccupancyNetwork) -> dict[str, Any]:
    """All tables of the recipe with every default written out."""
    return {
        "data": asdict(recipe.data),
        **_samples_of(recipe),
        "training": asdict(recipe.training),
        **({LOSS_TABLE: recipe.loss} if recipe.loss else {}),
        **network.recipe,
        **recorded(plugins_of(recipe, network)),
    }


def _samples_of(recipe: TrainingRecipe) -> dict[str, Any]:
    """The table of the recipe that says how samples are made."""
    if recipe.pictures is not None:
        return {"pictures": asdict(recipe.pictures)}
    if recipe.whole_pictures is not None:
        return {"whole_pictures": asdict(recipe.whole_pictures)}
    return {"scans": asdict(recipe.scans)} if recipe.samples is None else {"samples": asdict(recipe.samples)}


def changes_since(run: Path, tables: dict[str, Any]) -> dict[str, str]:
    """The keys that have changed since the newest checkpoint of a run, sorted: "training.steps" -> "20000 -> 40000".

    tables: the resolved tables that it would go on with, PARTS where that matters, and SHAPES. A run without a checkpoint
    begins anew, so that nothing has changed.
    Raises RecipeError when a key has changed that may not: it shows all such keys, and what to do.
    """
    newest = newest_checkpoint(run / "checkpoints")
    if newest is None:
        return {}
    state = read_metadata(newest)
    # checkpoints by earlier versions do not say what they were trained by; the folder's recipe does, unless somebody changed it
    recorded = state.get("recipe") or read_recipe(run / "recipe.toml")
    changed = _differences(_in_full(recorded, tables, str(newest)), tables)
    refused = {key: values for key, values in changed.items() if key not in MAY_CHANGE}
    if refused:
        listed = "".join(f"\n  {key}: {values}" for key, values in refused.items())
        raise RecipeError(
            f"{run} goes on after step {state['step']:,}, but this recipe describes another training:{listed}\n"
            f"Take that back, or name a new run folder, where start_model can start from the weights in {run / 'model'}. "
            f"What may change: {', '.join(key.removeprefix('training.') for key in MAY_CHANGE)}."
        )
    return changed


def _in_full(recorded: dict[str, Any], now: dict[str, Any], where: str) -> dict[str, Any]:
    """Recorded tables with the defaults of keys that are newer than they; what else is not recorded is as it is now."""
    beside = {key: recorded.get(key, now.get(key)) for key in (PARTS, SHAPES, PLUGINS)}
    recipe = recipe_of({key: table for key, table in recorded.items() if key not in beside}, where)
    return resolved_tables(recipe, build_network(recipe.network, where)) | beside


def _differences(before: dict[str, Any], now: dict[str, Any]) -> dict[str, str]:
    """By dotted key: "was -> is now", for those that differ."""
    was, new = _flat(before), _flat(now)
    differing = [key for key in sorted(was.keys() | new.keys()) if was.get(key) != new.get(key)]
    return {key: f"{was.get(key, 'nothing')} -> {new.get(key, 'nothing')}" for key in differing}


def _flat(tables: dict[str, Any]) -> dict[str, str]:
    """Values as JSON text by dotted key; None, which recipes cannot say, is left out."""
    inner = {key: value for key, value in tables.items() if isinstance(value, dict)}
    own = {key: json.dumps(value) for key, value in tables.items() if key not in inner and value is not None}
    return own | {f"{key}.{name}": text for key, table in inner.items() for name, text in _flat(table).items()}
