"""Tasks give the same results wherever they are done, also where workers die."""

from __future__ import annotations

import operator
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from occnet.errors import MissingLibrary
from occnet.pipeline import engine as pipeline_engine
from occnet.pipeline.engine import _NICENESS, Lost, run_tasks
from occnet.pipeline.worker_processes import WorkerPool


def _squared_or_dead(folder: Path, number: int) -> int:
    """Squares; but number 3 always kills its worker, and number 5 the first time."""
    mark = folder / str(number)
    if number == 3 or (number == 5 and not mark.exists()):
        mark.write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


class _Bound:
    """A function with a folder, that can be pickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, number: int) -> int:
        return _squared_or_dead(self.folder, number)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills processes by POSIX signals")
@pytest.mark.parametrize("engine", ["processes", "cluster"])
def test_a_killed_worker_loses_and_doubles_nothing(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if engine == "cluster":
        engine = request.getfixturevalue("cluster")
    told: list[int] = []

    def follow_up(task: int, result: int | Lost) -> int | None:
        told.append(task)
        return task + 100 if task < 2 else None

    def numbers() -> Iterator[int]:
        yield from range(9)

    results = list(run_tasks(_Bound(tmp_path), numbers(), follow_up, workers=2, engine=engine))  # type: ignore[arg-type]
    answers = dict(results)
    assert len(results) == len(answers) == 11
    assert sorted(told) == sorted(answers)
    assert isinstance(answers.pop(3), Lost)
    assert answers == {number: number**2 for number in (0, 1, 2, 4, 5, 6, 7, 8, 100, 101)}


class _Struck:
    """A pool whose workers are killed as a task is handed in, before which others are done or under way."""

    def __init__(self, pool: ProcessPoolExecutor, at: int) -> None:
        self.pool, self.left, self.futures = pool, at, list[Future]()

    def submit(self, *work: Any) -> Future:
        self.left -= 1
        if self.left == 0:
            wait(self.futures[:1])
            for process in list(self.pool._processes.values()):
                process.kill()
            wait(self.futures)
            while not self.pool._broken:
                time.sleep(0.01)
        self.futures.append(self.pool.submit(*work))
        return self.futures[-1]

    def shutdown(self, **how: bool) -> None:
        self.pool.shutdown(**how)


@pytest.mark.skipif(os.name != "posix", reason="kills processes by POSIX signals")
@pytest.mark.parametrize("at", [3, 6, 11])
def test_a_worker_may_die_while_a_task_is_handed_in(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[_Struck] = []

    def pool(workers: int, *begin: Any) -> Any:
        whole = WorkerPool(workers, *begin)
        if workers == 1 or made:
            return whole
        made.append(_Struck(whole, at))
        return made[0]

    monkeypatch.setattr(pipeline_engine, "WorkerPool", pool)
    results = list(run_tasks(operator.neg, iter(range(12)), lambda *_: None, workers=2, engine="processes"))
    assert made[0].left <= 0
    assert sorted(results) == [(number, -number) for number in range(12)]


@pytest.mark.parametrize("running", [False, True])
def test_only_a_ray_cluster_that_was_begun_here_is_ended_here(running: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, _NICENESS, "")  # put back afterwards
    del os.environ[_NICENESS]
    told: list[str] = []
    shares: list[tuple[int, int]] = []

    def options(*, num_cpus: int, num_gpus: int, max_retries: int) -> SimpleNamespace:
        assert max_retries == 2
        shares.append((num_cpus, num_gpus))
        return SimpleNamespace(remote=lambda _, perform, task: (perform, task))

    remote = SimpleNamespace(options=options)
    ray = SimpleNamespace(
        is_initialized=lambda: running,
        init=lambda **_: told.append("init"),
        shutdown=lambda: told.append("shutdown"),
        remote=lambda _: remote,
        wait=lambda references, **_: (references[:1], references[1:]),
        get=lambda reference: reference[0](reference[1]),
    )
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setitem(sys.modules, "ray.exceptions", SimpleNamespace(WorkerCrashedError=OSError, RayTaskError=OSError))
    results = run_tasks(operator.neg, iter(range(3)), lambda *_: None, workers=2, engine="ray")
    assert sorted(results) == [(0, 0), (1, -1), (2, -2)]
    with pytest.raises(ValueError, match="invalid literal"):
        list(run_tasks(int, iter(["none"]), lambda *_: None, workers=2, engine="ray", threads=4, gpus=1))
    assert shares == [(1, 0), (4, 1)]
    assert told == ([] if running else ["init", "shutdown"] * 2)
    assert os.environ.get(_NICENESS) == (None if running else "0")


def _environment(name: str) -> str:
    return os.environ.get(name, "")


@pytest.mark.parametrize(("engine", "most"), [("processes", 3), ("cluster", 2)])
def test_workers_compute_by_so_many_threads(engine: str, most: int, request: pytest.FixtureRequest) -> None:
    if engine == "cluster":
        engine = request.getfixturevalue("cluster")
    names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "IGL_NUM_THREADS"]
    results = run_tasks(_environment, iter(names), lambda *_: None, workers=2, engine=engine, threads=most)  # type: ignore
    assert dict(results) == dict.fromkeys(names, str(most))


def test_without_ray_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingLibrary, match=r"The engine 'ray' needs ray.*occnet\[ray\]"):
        list(run_tasks(operator.neg, iter(range(3)), lambda *_: None, workers=2, engine="ray"))
