"""All that a training needs to go on: weights, their running average, optimiser, step, best score; saved atomically."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from occnet.errors import ModelError, plainly
from occnet.files.atomic import atomic_path
from occnet.files.opening import exists
from occnet.networks.occupancy_network import OccupancyNetwork

_KEPT = 3  # checkpoints on disk


class WeightAverage:
    """A running (exponential) average of a network's weights, warmed up over the first steps."""

    def __init__(self, network: OccupancyNetwork, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, network: OccupancyNetwork, step: int) -> None:
        """Take the weights after a step into the average."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for mean, value in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value.to(mean), 1.0 - decay)
            else:
                mean.copy_(value)


def newest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint of the highest step in a folder; None where there is none. Raises ModelError when it may not be opened."""
    return max(folder.glob("step-*.safetensors"), default=None) if exists(folder, ModelError) else None


def read_metadata(checkpoint: Path) -> dict[str, Any]:
    """What a checkpoint says beside its tensors: `step`, `best`, and `recipe`, the tables that it was trained by.

    Raises ModelError when it is damaged.
    """
    try:
        with safe_open(checkpoint, framework="pt") as file:
            state = json.loads((file.metadata() or {})["state"])
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as problem:
        raise _damaged(checkpoint, plainly(problem)) from problem
    match state:
        case {"step": int(), "best": int() | float()} if isinstance(state.get("recipe", {}), dict):
            return state
    raise _damaged(checkpoint, "it does not tell step, best and recipe")


def _damaged(checkpoint: Path, why: str) -> ModelError:
    return ModelError(f"The checkpoint {checkpoint} is damaged ({why}). Delete it to go on from the one before.")


class TrainingState:
    """The checkpoints of a run: `step-00001000.safetensors` and so on, each whole or absent, the newest three kept.

    The batches are a function of recipe and step, so that nothing else has to be stored. recipe: the resolved tables.
    """

    def __init__(
        self,
        folder: Path,
        network: OccupancyNetwork,
        optimizers: Sequence[torch.optim.Optimizer],
        average: WeightAverage,
        recipe: dict[str, Any],
    ) -> None:
        self.folder, self.network, self.optimizers, self.average, self.recipe = folder, network, optimizers, average, recipe
        self.best = 0.0  # best validation score so far

    def save(self, step: int) -> None:
        """Write the state after that many steps, then drop the oldest."""
        tensors = {f"network.{key}": value for key, value in self.network.state_dict().items()}
        tensors |= {f"average.{key}": value for key, value in self.average.network.state_dict().items()}
        for which, optimizer in enumerate(self.optimizers):
            for number, values in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{which}.{number}.{key}": torch.as_tensor(value) for key, value in values.items()}
        tensors = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
        metadata = {"state": json.dumps({"step": step, "best": self.best, "recipe": self.recipe})}
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(self.folder / f"step-{step:08d}.safetensors") as path:
            path.write_bytes(save(tensors, metadata))
        for old in sorted(self.folder.glob("step-*.safetensors"))[:-_KEPT]:
            os.remove(old)

    def resume(self) -> int:
        """Restore the newest checkpoint and return its step; 0 when there is none.

        Raises ModelError when the newest does not fit the network; it is never skipped in silence.
        """
        newest = newest_checkpoint(self.folder)
        if newest is None:
            return 0
        state = read_metadata(newest)
        try:
            with safe_open(newest, framework="pt") as file:
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
            self.network.load_state_dict(_part(tensors, "network."))
            self.average.network.load_state_dict(_part(tensors, "average."))
            for which, optimizer in enumerate(self.optimizers):
                _restore(optimizer, _part(tensors, f"optimizer.{which}."))
        except (SafetensorError, OSError, RuntimeError, KeyError, ValueError) as problem:
            raise ModelError(
                f"The checkpoint {newest} is damaged or belongs to another network ({plainly(problem)}). "
                "Name a new run folder, or delete it."
            ) from problem
        self.best = float(state["best"])
        return state["step"]


def _restore(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimiser the state that these tensors, NUMBER.NAME, are."""
    restored: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        restored.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": restored, "param_groups": optimizer.state_dict()["param_groups"]})


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
