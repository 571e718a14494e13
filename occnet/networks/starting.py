"""Training that goes on from a trained model instead of from random weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from occnet.errors import RecipeError
from occnet.networks.occupancy_network import OccupancyNetwork


def start_from(network: OccupancyNetwork, trained: OccupancyNetwork, name: str) -> None:
    """Give a network the weights of a trained one with the same layers.

    Three things may be added, and all start without any effect, so that the network starts with the trained one's answers: a
    matrix may have more columns at its end, for more inputs (normals, say), which start at zero; there may be more residual
    blocks whose last layer starts at zero, and linear layers all of whose weights do. name: of the trained model, for messages.
    Raises RecipeError when the layers differ otherwise.
    """
    wanted, given = network.state_dict(), trained.state_dict()
    added = [*_added_blocks(wanted, given), *_added_layers(wanted, given)]
    widened: dict[str, Tensor] = {key: wanted[key] for key in added}
    for key in (wanted.keys() | given.keys()) - widened.keys():
        old, new = given.get(key), wanted.get(key)
        if old is None or new is None or not _fits(old, new):
            shapes = [None if part is None else tuple(part.shape) for part in (old, new)]
            raise RecipeError(f"The model {name} cannot start this network: {key} is {shapes[0]} in it, but {shapes[1]} here.")
        widened[key] = torch.zeros_like(new)
        widened[key][tuple(slice(0, size) for size in old.shape)] = old
    network.load_state_dict(widened)


def _added_blocks(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> list[str]:
    """Keys of the residual blocks (`BLOCK.norm1.weight` to `BLOCK.conv2.bias`) that are new and have no effect yet."""
    old = {key.rsplit(".", 2)[0] for key in given}
    added = {block for key in wanted if (block := key.rsplit(".", 2)[0]) not in old and f"{block}.conv2.weight" in wanted}
    silent = {block for block in added if not any(wanted[f"{block}.conv2.{part}"].any() for part in ("weight", "bias"))}
    return [key for key in wanted if key.rsplit(".", 2)[0] in silent]


def _added_layers(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> list[str]:
    """Keys of linear layers (`LAYER.weight`, `LAYER.bias`) that are new and zero throughout."""
    layers = {key.removesuffix(".weight") for key in wanted if key.endswith(".weight") and wanted[key].ndim == 2}
    keys = {layer: [f"{layer}.weight", f"{layer}.bias"] for layer in layers}
    new = {layer: pair for layer, pair in keys.items() if not any(key in given for key in pair) and pair[1] in wanted}
    return [key for pair in new.values() if not any(wanted[key].any() for key in pair) for key in pair]


def _fits(old: Tensor, new: Tensor) -> bool:
    return old.shape == new.shape or (
        old.ndim == new.ndim == 2 and old.shape[0] == new.shape[0] and old.shape[1] < new.shape[1]
    )
