"""Worker processes that end with the process that began them, however that one ended."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from threading import Thread
from typing import Any

from occnet.pipeline.quiet import keep_others_quiet


def worker_pool(workers: int, begin: Callable[..., None], *arguments: Any) -> ProcessPoolExecutor:
    """Processes that call begin(*arguments), which can be pickled, before their first task.

    They are started anew, not forked: the threads and the accelerator of this process would not survive that.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(begin, *arguments))


def _begin(begin: Callable[..., None], *arguments: Any) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    keep_others_quiet()
    begin(*arguments)


def _end_with_parent() -> None:
    """Of a parent that was killed, a worker would otherwise finish what is under way, and then wait forever for more."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
