"""Where the work of a preparation is done: in this process, in several, or on a Ray cluster. All give the same results.

Tasks are drawn one by one, and only so many are under way that no worker waits; a million of them cost no memory. A worker
that is killed costs its task a second try, alone; a task that kills its worker again is given up, and the others go on.
"""

from __future__ import annotations

import importlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from occnet.errors import DatasetError
from occnet.pipeline.prepare.prepare_options import Engine
from occnet.pipeline.worker_processes import worker_pool

Task = TypeVar("Task")
Result = TypeVar("Result")
FollowUp = Callable[[Task, "Result | Lost"], "Task | None"]

_AHEAD = 2  # tasks under way for each worker


class Lost:
    """In place of a result: the task killed its worker twice."""


_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "IGL_NUM_THREADS")


def run_tasks(
    perform: Callable[[Task], Result],
    tasks: Iterable[Task],
    follow_up: FollowUp[Task, Result],
    *,
    workers: int,
    engine: Engine,
) -> Iterator[tuple[Task, Result | Lost]]:
    """Each task with its result, as they are finished.

    perform: a function that can be pickled; it may be called twice for one task, so its effects must not add up.
    follow_up: is told of each result, and may return one more task.
    Raises DatasetError when Ray is asked for and cannot be imported; what perform raises comes through.
    """
    coming = _Tasks(tasks, follow_up)
    if engine == "ray":
        yield from _on_ray(perform, coming, workers)
    elif workers == 1:
        yield from _here(perform, coming)
    else:
        yield from _in_processes(perform, coming, workers)


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


def _here(perform: Callable[[Task], Result], tasks: _Tasks[Task]) -> Iterator[tuple[Task, Result | Lost]]:
    for task in tasks:
        result = perform(task)
        yield task, result
        tasks.learn(task, result)


def _in_processes(perform: Callable[[Task], Result], tasks: _Tasks[Task], workers: int) -> Iterator[tuple[Task, Result | Lost]]:
    pool = worker_pool(workers, _use_one_thread)
    under_way: dict[Future[Result], Task] = {}
    try:
        while True:
            whole = _hand_in(pool, perform, tasks, under_way, _AHEAD * workers)
            if whole and not under_way:
                return
            if whole:
                wait(under_way, return_when=FIRST_COMPLETED)
                whole = not any(_is_lost(future) for future in under_way if future.done())
            if not whole:
                pool.shutdown(wait=True)  # its other workers are being ended; nobody works any more at what is tried again
                pool = worker_pool(workers, _use_one_thread)
            finished: list[tuple[Task, Result | Lost]] = []
            for future in [future for future in under_way if future.done() or not whole]:
                task = under_way.pop(future)
                finished.append((task, _alone(perform, task) if _is_lost(future) else future.result()))
            for task, result in finished:
                yield task, result
                tasks.learn(task, result)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # nobody writes any more when this has ended, well or not


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


def _alone(perform: Callable[[Task], Result], task: Task) -> Result | Lost:
    with worker_pool(1, _use_one_thread) as pool:
        try:
            return pool.submit(perform, task).result()
        except BrokenProcessPool:
            return Lost()


def _use_one_thread() -> None:
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # read when the libraries start their first computation


def _with_one_thread(perform: Callable[[Task], Result], task: Task) -> Result:
    _use_one_thread()
    return perform(task)


def _on_ray(perform: Callable[[Task], Result], tasks: _Tasks[Task], workers: int) -> Iterator[tuple[Task, Result | Lost]]:
    try:
        ray: Any = importlib.import_module("ray")  # an extra: the program and its type check do without it
        exceptions: Any = importlib.import_module("ray.exceptions")
    except ImportError as problem:
        raise DatasetError(f"The engine 'ray' needs the package ray ({problem}); pip install 'occnet[ray]'.") from None
    begun = not ray.is_initialized()
    if begun:
        address = os.environ.get("RAY_ADDRESS")
        local: dict[str, Any] = {} if address else {"num_cpus": workers, "include_dashboard": False}
        ray.init(address=address, log_to_driver=False, **local)
    try:
        yield from _on_cluster(ray, exceptions, perform, tasks, workers)
    finally:
        if begun:
            ray.shutdown()


def _on_cluster(
    ray: Any, exceptions: Any, perform: Callable[[Task], Result], tasks: _Tasks[Task], workers: int
) -> Iterator[tuple[Task, Result | Lost]]:
    remote: Any = ray.remote(_with_one_thread).options(max_retries=2)
    under_way: dict[Any, Task] = {}
    while True:
        while len(under_way) < _AHEAD * workers and (task := next(tasks, None)) is not None:
            under_way[remote.remote(perform, task)] = task
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
