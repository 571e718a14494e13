"""Workers end with the process that began them, also where that one is killed."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from occnet.pipeline.worker_processes import WorkerPool, wait_for_any

PARENT = """
import time
from occnet.pipeline.worker_processes import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(2, print, "a worker has begun")
    tasks = [pool.submit(time.sleep, seconds) for seconds in (0.0, 0.0, 600.0, 600.0, 600.0)]
    tasks[0].result(), tasks[1].result()
    print("both work", flush=True)
    time.sleep(600)
"""


def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert any("both work" in line for line in parent.stdout)
    parent.kill()
    parent.communicate(timeout=30)  # the pipe closes when nobody holds it any more: the workers had it, too


def test_workers_that_are_abandoned_end_at_once() -> None:
    pool = WorkerPool(2, print)
    assert pool.submit(abs, -1).result() == 1
    tasks = [pool.submit(time.sleep, 600.0) for _ in range(5)]
    while not tasks[0].running():
        time.sleep(0.01)
    began = time.perf_counter()
    pool.abandon()
    assert time.perf_counter() - began < 30.0
    assert all(task.cancelled() or task.exception() is not None for task in tasks)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to one thread as POSIX does")
def test_ctrl_c_comes_between_two_waits_and_never_within_one(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []

    def interrupted(tasks, timeout, return_when):
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        found = concurrent.futures.wait(tasks, timeout, return_when)
        waits.append(found)
        return found

    pool = WorkerPool(1, print)
    assert pool.submit(abs, -1).result() == 1
    task = pool.submit(time.sleep, 600.0)
    monkeypatch.setattr("occnet.pipeline.worker_processes.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        wait_for_any([task])
    assert len(waits) == 1
    pool.abandon()
    assert isinstance(task.exception(timeout=0), BrokenProcessPool)


INTERRUPTED = """
import sys, time
from occnet.pipeline.engine import run_tasks

if __name__ == "__main__":
    for task, result in run_tasks(time.sleep, [0.0, 600.0, 600.0], lambda *_: None, workers=2, engine="processes"):
        print("a task is done", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="interrupts a group of processes as a POSIX terminal does")
def test_ctrl_c_ends_all_and_no_worker_complains(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(INTERRUPTED)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert "a task is done" in parent.stdout.readline()
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    _, told = parent.communicate(timeout=60)
    assert told.count("Traceback") == told.count("KeyboardInterrupt") == 1  # the parent's own
