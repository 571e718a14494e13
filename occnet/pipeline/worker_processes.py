"""Worker processes that end with the process that began them, however that one ended, and that Ctrl-C does not reach."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from occnet.pipeline.quiet import keep_others_quiet

_HELD_BACK = 0.1  # seconds at most that a Ctrl-C waits while workers work


class WorkerPool(ProcessPoolExecutor):
    """Processes that call begin(*arguments), which can be pickled, before their first task.

    They are started anew, not forked: the threads and the accelerator of this process would not survive that. A Ctrl-C of the
    terminal, which goes to all processes, is for this one alone: it decides what becomes of its workers.
    """

    def __init__(self, workers: int, begin: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        end, self._hold = context.Pipe(duplex=False)
        super().__init__(workers, mp_context=context, initializer=_begin, initargs=(end, begin, *arguments))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand in a task, for which a worker may be started."""
        with _without_interrupts():
            return super().submit(fn, *args, **kwargs)

    def abandon(self) -> None:
        """End all workers, whatever they are at, and wait until they have."""
        self._hold.close()
        self.shutdown(wait=True, cancel_futures=True)


def wait_for_any(tasks: Iterable[Future[Any]]) -> None:
    """Wait until one of the tasks of a pool is done, or more.

    Ctrl-C is held back for a moment at a time: if it came in the midst of it, a task would stay locked, and whoever needs it,
    as the thread that ends the pool does, would wait for ever.
    """
    done: set[Future[Any]] = set()
    while not done:
        with _without_interrupts():
            done = wait(tasks, timeout=_HELD_BACK, return_when=FIRST_COMPLETED).done


def _begin(end: Any, begin: Callable[..., None], *arguments: Any) -> None:
    Thread(target=_end_with_parent, args=(end,), daemon=True).start()
    keep_others_quiet()
    begin(*arguments)


def _end_with_parent(end: Any) -> None:
    """Wait until nobody holds the other end of a pipe: the parent has let go of it, or has ended and waits for us no more."""
    with suppress(EOFError, OSError):
        end.recv_bytes()
    os._exit(1)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back: it comes afterwards; and what is started within never gets it, for it inherits that."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
