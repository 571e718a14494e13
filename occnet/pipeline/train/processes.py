"""How one or many processes share the work of a training step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from lightning_fabric import Fabric
from torch.nn.modules.batchnorm import _BatchNorm

from occnet.errors import ModelError, RecipeError
from occnet.networks.devices import device_of, has_bfloat16
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.surface_network import SurfaceNetwork
from occnet.pipeline.train.config import TrainingConfig


@contextmanager
def launched(device: str, config: TrainingConfig) -> Iterator[Fabric]:
    """Lightning Fabric on one device, or on all processes that torchrun started, which part again after the block.

    Raises ModelError when the device is not there, or is one device for several processes; RecipeError when they cannot share
    a batch.
    """
    parts_in_all(config)
    world, local = (int(os.environ.get(name, 1)) for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
    where = device_of(device)
    if where.index is not None and world > 1:
        raise ModelError(f"Each of several processes has a device of its own; give --device {where.type} instead of {device}.")
    fabric = Fabric(
        accelerator=where.type,
        devices=[where.index] if where.type == "cuda" and where.index is not None else local,
        num_nodes=world // local,
        strategy="ddp" if world > 1 else "auto",
        precision=precision_of(config, where),  # type: ignore[arg-type]
    )
    begun_before = torch.distributed.is_available() and torch.distributed.is_initialized()
    fabric.launch()
    yield fabric
    if torch.distributed.is_available() and torch.distributed.is_initialized() and not begun_before:
        fabric.barrier()  # the first one keeps what the others find each other by: who is slower to join would lose it
        torch.distributed.destroy_process_group()  # not after an error, when others may still be in a step and be waited for


def precision_of(config: TrainingConfig, device: torch.device) -> str:
    """What Lightning Fabric computes in: the recipe's precision, or what is fastest on the device."""
    if config.precision != "auto":
        return config.precision
    return "bf16-mixed" if has_bfloat16(device) else "32-true"


def parts_in_all(config: TrainingConfig) -> int:
    """The parts of a batch that its gradient is gathered from: the processes that torchrun started times accumulate.

    Raises RecipeError when they cannot share the batch equally.
    """
    world = int(os.environ.get("WORLD_SIZE", 1))
    if config.batch_size % (world * config.accumulate):
        raise RecipeError(
            f"batch_size is {config.batch_size}, which {world} processes with accumulate = {config.accumulate} cannot share "
            "equally; change one of them."
        )
    return world * config.accumulate


def depends_on_parts(network: OccupancyNetwork) -> bool:
    """Whether a batch in parts has other losses and gradients than the whole of it, by more than the order of sums.

    Batch norms take mean and deviation over a part by itself, and latent codes and the points of
    surfaces are drawn with random numbers of each part.
    """
    drawn = network.latent is not None or isinstance(network, SurfaceNetwork)
    return drawn or any(isinstance(layer, _BatchNorm) for layer in network.modules())


def parts_of_batch(config: TrainingConfig, fabric: Fabric) -> list[range]:
    """The samples of a batch that this process takes, in as many parts as gradients are accumulated over."""
    size = config.batch_size // (fabric.world_size * config.accumulate)
    first = fabric.global_rank * size * config.accumulate
    return [range(first + number * size, first + (number + 1) * size) for number in range(config.accumulate)]
