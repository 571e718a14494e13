"""Where many tasks are done: in this process, in several, or on a Ray cluster. All give the same results.

Tasks are drawn one by one, and only so many are under way that no worker waits; a million of them cost no memory. A worker
that is killed costs its task a second try, alone; a task that kills its worker again is given up, and the others go on.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, Literal, TypeVar

from occnet.extras import extra
from occnet.pipeline.worker_processes import WorkerPool, wait_for_any

Engine = Literal["processes", "ray"]

Task = TypeVar("Task")
Result = TypeVar("Result")
FollowUp = Callable[[Task, "Result | Lost"], "Task | None"]

_AHEAD = 2  # tasks under way for each worker
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "IGL_NUM_THREADS")
_NICENESS = "RAY_worker_niceness"  # of a cluster that is begun here; 15 if nothing is said


class Lost:
    """In place of a result: the task killed its worker twice."""


def run_tasks(
    perform: Callable[[Task], Result],
    tasks: Iterable[Task],
    follow_up: FollowUp[Task, Result],
    *,
    workers: int,
    engine: Engine,
    threads: int = 1,
    gpus: int = 0,
) -> Generator[tuple[Task, Result | Lost], None, None]:
    """Each task with its result, as they are finished.

    perform: a function that can be pickled; it may be called twice for one task, so its effects must not add up.
    follow_up: is told of each result, and may return one more task. threads: of each worker, where there are several; what
    is computed by another number of threads may differ in its last bits. gpus: that Ray gives to each task alone.
    Raises MissingLibrary when Ray is asked for and cannot be imported; what perform raises comes through.
    """
    coming = _Tasks(tasks, follow_up)
    if engine == "ray":
        yield from _on_ray(perform, coming, workers, {"num_cpus": threads, "num_gpus": gpus})
    elif workers == 1:
        yield from _here(perform, coming)
    else:
        yield from _in_processes(perform, coming, workers, threads)


class _Tasks(Iterator[Task]):
    """The tasks to come: those that follow from results first."""

    def __init__(self, tasks: Iterable[Task], follow_up: FollowUp[Task, Any]) -> None:
        self._source, self._extra, self._follow_up = iter(tasks), deque[Task](), follow_up

    def __next__(self) -> Task:
        return self._extra.popleft() if self._extra else next(self._source)

    def put_back(self, task: Task) -> None:
        self._extra.appendleft(task)

    def learn(self, task: Task, result: Any) -> None:
        if (more := self._follow_up(task, result)) is not None:
            self._extra.append(more)


def _here(perform: Callable[[Task], Result], tasks: _Tasks[Task]) -> Generator[tuple[Task, Result | Lost], None, None]:
    for task in tasks:
        result = perform(task)
        yield task, result
        tasks.learn(task, result)


def _in_processes(
    perform: Callable[[Task], Result], tasks: _Tasks[Task], workers: int, threads: int
) -> Generator[tuple[Task, Result | Lost], None, None]:
    pool = WorkerPool(workers, _use_threads, threads)
    under_way: dict[Future[Result], Task] = {}
    try:
        while True:
            whole = _hand_in(pool, perform, tasks, under_way, _AHEAD * workers)
            if whole and not under_way:
                break
            if whole:
                wait_for_any(under_way)
                whole = not any(_is_lost(future) for future in under_way if future.done())
            if not whole:
                pool.shutdown(wait=True)  # its other workers are being ended; nobody works any more at what is tried again
                pool = WorkerPool(workers, _use_threads, threads)
            finished: list[tuple[Task, Result | Lost]] = []
            for future in [future for future in under_way if future.done() or not whole]:
                task = under_way.pop(future)
                finished.append((task, _alone(perform, task, threads) if _is_lost(future) else future.result()))
            for task, result in finished:
                yield task, result
                tasks.learn(task, result)
    except BaseException:  # an interruption, too
        pool.abandon()  # nobody writes any more when this has ended, well or not
        raise
    pool.shutdown(wait=True)


def _hand_in(
    pool: Executor, perform: Callable[[Task], Result], tasks: _Tasks[Task], under_way: dict[Future[Result], Task], most: int
) -> bool:
    """Put tasks under way until so many are; False when the pool takes none any more, for one of its workers has died."""
    while len(under_way) < most and (task := next(tasks, None)) is not None:
        try:
            under_way[pool.submit(perform, task)] = task
        except BrokenProcessPool:
            tasks.put_back(task)
            return False
    return True


def _is_lost(future: Future[Any]) -> bool:
    """Whether a task of a broken pool was not finished; a future that was handed in as the pool broke may never be done."""
    return not future.done() or isinstance(future.exception(), BrokenProcessPool)


def _alone(perform: Callable[[Task], Result], task: Task, threads: int) -> Result | Lost:
    pool = WorkerPool(1, _use_threads, threads)
    try:
        only = pool.submit(perform, task)
        wait_for_any([only])
        return only.result()
    except BrokenProcessPool:
        return Lost()
    finally:
        pool.abandon()


def _use_threads(threads: int) -> None:
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))  # read when the libraries start their first computation


def _with_threads(threads: int, perform: Callable[[Task], Result], task: Task) -> Result:
    _use_threads(threads)
    return perform(task)


def _on_ray(
    perform: Callable[[Task], Result], tasks: _Tasks[Task], workers: int, share: dict[str, int]
) -> Generator[tuple[Task, Result | Lost], None, None]:
    with extra("ray", "The engine 'ray'"):
        ray: Any = importlib.import_module("ray")  # by its name: the program and its type check do without it
        exceptions: Any = importlib.import_module("ray.exceptions")
    begun = not ray.is_initialized()
    if begun:
        address = os.environ.get("RAY_ADDRESS")
        cores = workers * share["num_cpus"]
        local: dict[str, Any] = {} if address else {"num_cpus": cores, "include_dashboard": False}
        if not address:  # Ray's own workers step back behind whatever else the machine does, as those of processes do not
            os.environ.setdefault(_NICENESS, "0")
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **local)
    try:
        remote = ray.remote(_with_threads).options(max_retries=2, **share)
        yield from _on_cluster(ray, exceptions, partial(remote.remote, share["num_cpus"], perform), tasks, workers)
    finally:
        if begun:
            ray.shutdown()


def _on_cluster(
    ray: Any, exceptions: Any, hand_in: Callable[[Task], Any], tasks: _Tasks[Task], workers: int
) -> Generator[tuple[Task, Result | Lost], None, None]:
    under_way: dict[Any, Task] = {}
    while True:
        while len(under_way) < _AHEAD * workers and (task := next(tasks, None)) is not None:
            under_way[hand_in(task)] = task
        if not under_way:
            return
        done, _ = ray.wait(list(under_way), num_returns=1)
        for reference in done:
            task = under_way.pop(reference)
            try:
                result = ray.get(reference)
            except exceptions.WorkerCrashedError:
                result = Lost()
            except exceptions.RayTaskError as problem:
                raise problem.cause from problem
            yield task, result
            tasks.learn(task, result)
