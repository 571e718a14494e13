"""How one or many processes share the work of a training step."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from lightning_fabric import Fabric

from occnet.data.batches import Batch, ScanBatches
from occnet.data.samples import SampleBatches
from occnet.errors import RecipeError
from occnet.pipeline.training_config import TrainingConfig


def launched(device: str, config: TrainingConfig) -> Fabric:
    """Lightning Fabric on one device, or on all processes that torchrun started."""
    world, local = (int(os.environ.get(name, 1)) for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
    if config.batch_size % (world * config.accumulate):
        raise RecipeError(
            f"batch_size is {config.batch_size}, which {world} processes with accumulate = {config.accumulate} cannot share "
            "equally; change one of them."
        )
    fabric = Fabric(
        accelerator=device,
        devices=local,
        num_nodes=world // local,
        strategy="ddp" if world > 1 else "auto",
        precision=config.precision,  # type: ignore[arg-type]
    )
    fabric.launch()
    return fabric


def parts_of_batch(config: TrainingConfig, fabric: Fabric) -> list[range]:
    """The samples of a batch that this process takes, in as many parts as gradients are accumulated over."""
    size = config.batch_size // (fabric.world_size * config.accumulate)
    first = fabric.global_rank * size * config.accumulate
    return [range(first + number * size, first + (number + 1) * size) for number in range(config.accumulate)]


def prefetched(
    batches: ScanBatches | SampleBatches, parts: Sequence[range], start: int, stop: int
) -> Iterator[tuple[int, list[Batch]]]:
    """Each step with its samples, one batch a part; the next step's are made in a thread meanwhile."""

    def made(step: int) -> list[Batch]:
        return [batches.batch(step, part) for part in parts]

    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = pool.submit(made, start) if start < stop else None
        for step in range(start, stop):
            assert waiting is not None
            ready = waiting.result()
            if step + 1 < stop:
                waiting = pool.submit(made, step + 1)
            yield step, ready
