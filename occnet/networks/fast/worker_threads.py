"""Work in pieces on all cores of the CPU: a piece a thread, instead of all threads on each small operation."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Barrier
from typing import TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


def in_threads(work: Callable[[Tensor], Tensor], pieces: Sequence[Tensor]) -> list[Tensor]:
    """work of each piece, on as many threads as torch has, each of which computes alone; without gradients.

    Threads that share an operation wait for each other at its end, hundreds of times in a piece; pieces need no waiting.
    Pieces are worked off in the calling thread where torch has one thread only, or there is one piece.
    """
    threads = torch.get_num_threads()
    if threads == 1 or len(pieces) == 1:
        return [_without_gradients(work, piece) for piece in pieces]
    return list(_pool(threads).map(lambda piece: _without_gradients(work, piece), pieces))


def on_one_thread(work: Callable[[], Result]) -> Result:
    """What work returns, computed on one thread: not in the calling one where that has several, for they are its own."""
    return work() if torch.get_num_threads() == 1 else _pool(1).submit(work).result()


@torch.no_grad()
def _without_gradients(work: Callable[[Tensor], Tensor], piece: Tensor) -> Tensor:
    return work(piece)  # the mode belongs to a thread: it is set where the work is done


def _alone() -> None:
    torch.get_num_threads()  # the first question makes a thread take over the setting of the process; only then comes its own
    torch.set_num_threads(1)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    with ThreadPoolExecutor(1) as fresh:  # of what threads take over that are begun later: that is what was set last in any
        before = fresh.submit(torch.get_num_threads).result()
        pool = ThreadPoolExecutor(threads, "occnet", initializer=_alone)
        barrier = Barrier(threads)
        list(pool.map(lambda _: barrier.wait(), range(threads)))  # all have begun, and know that they are alone
        fresh.submit(torch.set_num_threads, before).result()
    return pool


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not come along
