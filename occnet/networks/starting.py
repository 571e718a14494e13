"""Training that goes on from a trained model instead of from random weights."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.errors import RecipeError
from occnet.networks.occupancy_network import OccupancyNetwork


def start_from(network: OccupancyNetwork, trained: OccupancyNetwork, name: str) -> None:
    """Give a network the weights of a trained one with the same layers.

    A matrix may have more columns than the trained one, for inputs that were added at its end (normals, say): they start at
    zero, so that the network starts with the trained one's answers. name: of the trained model, for messages.
    Raises RecipeError when the layers differ otherwise.
    """
    wanted, given = network.state_dict(), trained.state_dict()
    widened: dict[str, Tensor] = {}
    for key in wanted.keys() | given.keys():
        old, new = given.get(key), wanted.get(key)
        if old is None or new is None or not _fits(old, new):
            shapes = [None if part is None else tuple(part.shape) for part in (old, new)]
            raise RecipeError(f"The model {name} cannot start this network: {key} is {shapes[0]} in it, but {shapes[1]} here.")
        widened[key] = torch.zeros_like(new)
        widened[key][tuple(slice(0, size) for size in old.shape)] = old
    network.load_state_dict(widened)


def _fits(old: Tensor, new: Tensor) -> bool:
    return old.shape == new.shape or (
        old.ndim == new.ndim == 2 and old.shape[0] == new.shape[0] and old.shape[1] < new.shape[1]
    )
