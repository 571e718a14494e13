"""How one or many processes share the work of a training step."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, fields

import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch.nn.modules.batchnorm import _BatchNorm

from occnet.data.batches import Batch, ScanBatches
from occnet.data.samples import SampleBatches
from occnet.errors import ModelError, RecipeError
from occnet.networks.devices import device_of, has_bfloat16
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.surface_network import SurfaceNetwork
from occnet.pipeline.train.config import TrainingConfig
from occnet.pipeline.worker_processes import WorkerPool


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


def prefetched(
    batches: ScanBatches | SampleBatches, parts: Sequence[range], start: int, stop: int, workers: int = 0
) -> Iterator[tuple[int, list[Batch]]]:
    """Each step with its samples, one batch a part; those of the next steps are made meanwhile.

    workers: processes that make them, each another step's, up to twice as many steps ahead; 0: a thread, one step ahead. The
    samples are the same either way, for they are a function of the step. When one of the processes dies, all are begun anew;
    RecipeError is raised when they die again over the same step.
    """
    maker = _Maker(batches, parts)
    ahead = 2 * workers or 1
    make = _made_here if workers else maker
    pool, waiting = _pool(maker, workers), deque[Future[list[Arrays]]]()
    died_at = start - 1
    step = start
    try:
        while step < stop:
            try:
                while len(waiting) < min(1 + ahead, stop - step):
                    waiting.append(pool.submit(make, step + len(waiting)))
                ready = waiting[0].result()
            except BrokenProcessPool:
                if died_at == step:
                    raise _too_much_for(workers, step) from None
                died_at = step
                waiting.clear()
                pool.shutdown(wait=True)
                pool = _pool(maker, workers)
                continue
            waiting.popleft()
            yield step, [_batch(arrays) for arrays in ready]
            step += 1
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # a training that ends early waits for none that nobody will see


def _too_much_for(workers: int, step: int) -> RecipeError:
    return RecipeError(
        f"A process that makes samples died twice over those of step {step:,}, probably for want of memory; set workers under "
        f"[training] to fewer than {workers}, or ask for fewer points. The run goes on from its last checkpoint."
    )


Arrays = tuple[NDArray | None, ...]  # the fields of a Batch: tensors would reach other processes as files that stay open


@dataclass(frozen=True)
class _Maker:
    """A step's number -> its samples, one batch a part."""

    batches: ScanBatches | SampleBatches
    parts: Sequence[range]

    def __call__(self, step: int) -> list[Arrays]:
        made = [self.batches.batch(step, part) for part in self.parts]
        tensors = [[getattr(one, field.name) for field in fields(Batch)] for one in made]
        return [tuple(None if tensor is None else tensor.numpy() for tensor in each) for each in tensors]


def _batch(arrays: Arrays) -> Batch:
    return Batch(*(None if array is None else torch.from_numpy(array) for array in arrays))  # type: ignore[arg-type]


_maker: _Maker  # of a worker process: sent once, for it keeps the files that it has mapped


def _begin_worker(maker: _Maker) -> None:
    global _maker
    _maker = maker
    torch.set_num_threads(1)


def _made_here(step: int) -> list[Arrays]:
    return _maker(step)


def _pool(maker: _Maker, workers: int) -> Executor:
    if not workers:
        return ThreadPoolExecutor(max_workers=1)
    return WorkerPool(workers, _begin_worker, maker)
