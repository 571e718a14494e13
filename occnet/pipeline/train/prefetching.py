"""The samples of the next steps, made while a step is computed: by a thread, or by worker processes, which need only this."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields

import torch
from numpy.typing import NDArray

from occnet.data.batches import Batch, StepBatches
from occnet.errors import RecipeError
from occnet.pipeline.worker_processes import WorkerPool


def prefetched(
    batches: StepBatches, parts: Sequence[range], start: int, stop: int, workers: int = 0
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

    batches: StepBatches
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
