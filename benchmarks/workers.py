"""Meshes prepared a minute and training samples made a second, by workers; and what a million meshes would take on a cluster.

    python benchmarks/workers.py MESHES [--meshes 48] [--workers 1 2 4 8] [--engines processes ray]

Meshes, evenly spread ones of a folder or bundle, become a dataset by `occnet prepare` with default points, by worker processes
and on Ray's local cluster of this machine (`pip install "occnet[ray]"`). Samples are those of the recipe `points`, of
procedural shapes, by the processes that a training makes them in. Where there are more workers than free cores, the clock tells
of the machine alone; beside it stand the cores that were had (CPU seconds of all processes by seconds of the clock) and what a
core makes.

The model: a core prepares a mesh in the CPU seconds of one worker (all meshes less one alone), however many cores there are,
for no mesh needs another, until the one process that hands them out is busy all the time; how long that takes of a task that
does nothing is measured as well.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import tyro
from prepare import bundle, spread

from occnet.data.procedural import PROCEDURAL
from occnet.data.sources import open_meshes
from occnet.networks.registry import build_network
from occnet.pipeline.engine import Engine, run_tasks
from occnet.pipeline.train.config import DataConfig, training_recipe
from occnet.pipeline.train.prefetching import prefetched
from occnet.pipeline.train.training_data import open_training_data

STEP = 4  # samples
EVERY = 0.25  # seconds between looks at the processes
TASKS = 1000  # that do nothing
MILLION = 1_000_000


@dataclass(frozen=True)
class Choices:
    """What is measured."""

    source: tyro.conf.Positional[Path]
    """a folder or bundle of meshes"""
    meshes: int = 48
    """how many of them are prepared each time"""
    steps: int = 24
    """of a training, each of 4 samples, made each time; 4 for each worker at least"""
    workers: tuple[int, ...] = (1, 2, 4, 8)
    """how many work at once"""
    engines: tuple[Engine, ...] = ("processes", "ray")
    """that prepare"""
    cores: int = 640
    """of the cluster of the model"""
    price: float = 0.05
    """of an hour of one of its cores, in any currency"""


@dataclass
class Usage:
    """What a piece of work took, this process and all that it began: seconds by the clock, CPU seconds, MiB of the largest."""

    seconds: float = 0.0
    processor: float = 0.0
    largest: float = 0.0


def usage_of(work: Callable[[], object]) -> Usage:
    """What a piece of work took. Of processes that end within it counts what was seen of them last."""
    own, ended, usage = psutil.Process(), Event(), Usage()
    before, seen = own.cpu_times(), dict[tuple[int, float], float]()

    def look_once() -> None:
        for process in own.children(recursive=True):
            try:
                times = process.cpu_times()
                seen[process.pid, process.create_time()] = times.user + times.system
                usage.largest = max(usage.largest, process.memory_info().rss / 2**20)
            except psutil.NoSuchProcess:
                continue

    def look() -> None:
        while not ended.wait(EVERY):
            look_once()

    look_once()
    earlier = sum(seen.values())  # of processes that were there before
    watcher, begin = Thread(target=look), time.perf_counter()
    watcher.start()
    try:
        work()
    finally:
        usage.seconds = time.perf_counter() - begin
        ended.set()
        watcher.join()
    look_once()
    after = own.cpu_times()
    usage.processor = sum(seen.values()) - earlier + after.user + after.system - before.user - before.system
    return usage


def main(choices: Choices) -> None:
    """Print three Markdown tables and what follows from them, each line when it is known."""
    source = open_meshes(choices.source)
    chosen = [(source.names[index], source.read(index)) for index in spread(source, choices.meshes)]
    with tempfile.TemporaryDirectory() as name:
        meshes, single = Path(name) / "chosen.npz", Path(name) / "single.npz"
        bundle(meshes, chosen)
        bundle(single, chosen[:1])
        print("| engine | workers | meshes a minute | cores had | a minute and core | CPU s | largest process, MiB |")
        print("| --- |" + " --- |" * 6)
        begun = prepared(single, Path(name) / "single", 1, "processes").processor
        alone = 0.0
        for engine in choices.engines:
            for workers in choices.workers:
                usage = prepared(meshes, Path(name) / f"{engine} {workers}", workers, engine)
                alone = alone or usage.processor
                print(f"| {engine} | {workers} | {rates(usage, len(chosen), 60)} | {usage.largest:,.0f} |", flush=True)
        folder = Path(name) / f"{choices.engines[0]} {choices.workers[0]}"
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / len(chosen)
    seconds = (alone - begun) / (len(chosen) - 1)
    print(f"\nA mesh takes {seconds:.2f} CPU s, the command {begun - seconds:.1f} to begin and to end with one worker.")
    print_samples(choices)
    handing: dict[Engine, float] = {engine: seconds_a_task(engine) for engine in choices.engines}
    print("\n| engine | CPU ms to hand out a task that does nothing |\n| --- | --- |")
    for engine, each in handing.items():
        print(f"| {engine} | {1e3 * each:.2f} |")
    print_model(seconds, handing, size, choices)


def prepared(meshes: Path, dataset: Path, workers: int, engine: Engine) -> Usage:
    """What `occnet prepare` takes of a bundle, from the shell."""
    words = [sys.executable, "-m", "occnet", "prepare", str(meshes), "-o", str(dataset)]
    words += ["--workers", str(workers), "--engine", engine]
    return usage_of(lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def rates(usage: Usage, count: int, unit: float) -> str:
    """Columns: things a unit of time, cores had, things a unit of time and core, CPU seconds in all."""
    cores, each = usage.processor / usage.seconds, usage.processor / count
    return f"{unit * count / usage.seconds:.0f} | {cores:.2f} | {unit / each:.0f} | {usage.processor:.1f}"


def print_samples(choices: Choices) -> None:
    """Samples of a training, made by worker processes that have begun."""
    recipe = training_recipe(Path("points"))
    endless = DataConfig(datasets=(PROCEDURAL,), shares=(1.0,), validation=PROCEDURAL)
    recipe = replace(recipe, data=endless)
    batches = open_training_data(recipe, build_network(recipe.network)).batches
    print("\n| workers | samples a second | cores had | a second and core | CPU s |\n| --- | --- | --- | --- | --- |")
    for workers in choices.workers:
        first, count = 2 * workers + 1, max(choices.steps, 4 * workers)  # as many as are made ahead are not counted
        coming = prefetched(batches, [range(STEP)], 0, first + count, workers)
        for _ in range(first):
            next(coming)
        print(f"| {workers} | {rates(usage_of(partial(list, coming)), count * STEP, 1)} |", flush=True)


def nothing(task: int) -> int:
    """A task that takes no time."""
    return task


def seconds_a_task(engine: Engine) -> float:
    """CPU seconds of this process to hand out one task and to take its result."""

    def done(tasks: Sequence[int]) -> float:
        begin = time.process_time()
        results: list[Any] = list(run_tasks(nothing, tasks, lambda *_: None, workers=2, engine=engine))
        assert len(results) == len(tasks)
        return time.process_time() - begin

    return (done(range(TASKS)) - done(range(2))) / TASKS  # less what it takes to begin


def print_model(seconds: float, handing: dict[Engine, float], size: float, choices: Choices) -> None:
    """What a million meshes take, of so many CPU seconds and bytes each."""
    hours, cores = MILLION * seconds / 3600, choices.cores
    print(f"\nA million meshes: {hours:,.0f} core hours, at {choices.price} each {hours * choices.price:,.0f}; ", end="")
    print(f"{MILLION * size / 1e12:.2f} TB.")
    for engine, each in handing.items():
        fed = seconds / each
        print(f"By the engine {engine} one process can hand out work for {fed:,.0f} cores: ", end="")
        print(f"{hours / min(cores, fed):.1f} hours on {cores}.")


if __name__ == "__main__":
    main(tyro.cli(Choices))
