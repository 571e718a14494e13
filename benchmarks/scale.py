"""How seconds and memory of a reconstruction grow with the points of a scan and with the resolution: one thread, CPU seconds.

    OMP_NUM_THREADS=1 python benchmarks/scale.py [--points 300 4000 100000] [--resolutions 64 128 256] [--picture scale.png]

Scans are points at random on one procedural shape with a little noise, in .ply; each run is `occnet reconstruct` in a process
of its own, whose peak memory is that of all of it, with torch and weights. A run that takes longer than --limit is stopped, and
ends its table. Exponents are slopes of lines through the logarithms of the three largest runs.
"""

from __future__ import annotations

import io
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import tyro

CHILD = "child"
SEED, NOISE = 3, 0.002
LARGEST = 3  # runs through which the line is laid whose slope is the exponent
AT_ONCE = 1_000_000  # points that are drawn from the shape in one go
PHASES = ("start-up", "read", "reconstruct", "certify", "compare", "write")


@dataclass(frozen=True)
class Choices:
    """What is measured."""

    points: tuple[int, ...] = (300, 1000, 4000, 10_000, 100_000, 1_000_000, 10_000_000)
    """points of scans that are reconstructed at 256 cells"""
    resolutions: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048)
    """resolutions at which 4,000 points are reconstructed"""
    limit: int = 1200
    """CPU seconds after which a run is stopped"""
    picture: Path | None = None
    """where the figure is written, an .svg or .png; none by default"""


@dataclass(frozen=True)
class Run:
    """One reconstruction: points, cells along the longest edge, CPU seconds by phase, peak memory in MiB, faces."""

    points: int
    resolution: int
    seconds: dict[str, float]
    peak: float
    faces: int

    @property
    def total(self) -> float:
        """CPU seconds of all phases but that of loading the program."""
        return sum(seconds for phase, seconds in self.seconds.items() if phase != "start-up")


def main(choices: Choices) -> None:
    """Print two Markdown tables with exponents, each line when it is known, and draw the figure."""
    with tempfile.TemporaryDirectory() as folder:
        by_points = table("points", [(count, 256) for count in choices.points], Path(folder), choices.limit)
        by_resolution = table("resolution", [(4000, cells) for cells in choices.resolutions], Path(folder), choices.limit)
    if choices.picture is not None:
        draw(choices.picture, by_points, by_resolution)


def table(name: str, sizes: Sequence[tuple[int, int]], folder: Path, limit: int) -> list[Run]:
    """The runs of one table, which is printed."""
    print(f"| {name} | {' | '.join(PHASES)} | all but start-up | peak MiB | faces |\n|{' --- |' * (len(PHASES) + 4)}")
    runs = []
    for points, resolution in sizes:
        size = points if name == "points" else resolution
        run = measured(points, resolution, folder, limit)
        if run is None:
            print(f"| {size:,} | stopped after {limit:,} CPU seconds |{' |' * (len(PHASES) + 2)}", flush=True)
            break
        runs.append(run)
        phases = " | ".join(f"{run.seconds[phase]:.2f}" for phase in PHASES)
        print(f"| {size:,} | {phases} | {run.total:.2f} | {run.peak:,.0f} | {run.faces:,} |", flush=True)
    if len(runs) >= LARGEST:
        by = [run.points if name == "points" else run.resolution for run in runs[-LARGEST:]]
        seconds, memory = (
            slope(by, [value(run) for run in runs[-LARGEST:]]) for value in (lambda r: r.total, lambda r: r.peak)
        )
        print(f"\nExponents of the last {LARGEST}: CPU seconds {seconds:.2f}, memory {memory:.2f}.\n", flush=True)
    return runs


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The exponent with which values grow."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def measured(points: int, resolution: int, folder: Path, limit: int) -> Run | None:
    """One reconstruction in a process of its own; None if it was stopped after so many CPU seconds."""
    scan = folder / f"{points}.ply"
    if not scan.exists():
        in_a_process("draw", str(scan), str(points))
    try:
        done = in_a_process("reconstruct", str(scan), str(resolution), str(limit))
    except subprocess.CalledProcessError as problem:
        if problem.returncode == -signal.SIGXCPU:
            return None
        raise
    return Run(points, resolution, **json.loads(done))


def in_a_process(*step: str) -> str:
    """What a step prints that is done by this file in a process of its own."""
    return subprocess.run([sys.executable, __file__, CHILD, *step], stdout=subprocess.PIPE, text=True, check=True).stdout


def draw_scan(scan: Path, count: int) -> None:
    """Write points at random on the surface of a procedural shape, with noise."""
    from occnet.files.clouds import Cloud, write_cloud
    from occnet.shapes.batch import sample_shapes

    shape, parts = sample_shapes(1, seed=SEED), []
    for first in range(0, count, AT_ONCE):
        surface, _ = shape.surface(min(AT_ONCE, count - first), seed=first)
        noise = np.random.default_rng(first).standard_normal(surface[0].shape, dtype=np.float32)
        parts.append(surface[0].numpy() + NOISE * noise)
    write_cloud(scan, Cloud(np.concatenate(parts)))


def reconstruct(scan: Path, resolution: int, limit: int) -> None:
    """The process that is measured, as if the command had been typed: a line of JSON."""
    from occnet.cli import main as command
    from occnet.pipeline.phases import listening

    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 10))
    stamps: list[tuple[str, float]] = [("start-up", 0.0)]
    words = ["reconstruct", str(scan), "-o", str(scan.with_name("mesh.ply")), "--resolution", str(resolution), "--json"]
    with listening(lambda phase: stamps.append((phase, time.process_time()))), redirect_stdout(io.StringIO()) as told:
        code = command(words)
    assert code == 0, told.getvalue()
    stamps.append(("end", time.process_time()))
    seconds: dict[str, float] = {}
    for (phase, began), (_, ended) in pairwise(stamps):
        seconds[phase] = seconds.get(phase, 0.0) + ended - began
    largest = sum(resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak = largest / (2**20 if sys.platform == "darwin" else 2**10)
    print(json.dumps({"seconds": seconds, "peak": peak, "faces": json.loads(told.getvalue())["certificate"]["faces"]}))


def draw(path: Path, by_points: Sequence[Run], by_resolution: Sequence[Run]) -> None:
    """Write the figure: seconds and memory against points, and against resolution."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained")
    for axis, runs, name in ((axes[0], by_points, "points"), (axes[1], by_resolution, "cells along the longest edge")):
        sizes = [run.points if axis is axes[0] else run.resolution for run in runs]
        axis.loglog(sizes, [run.total for run in runs], "o-", color="#3468a8", label="CPU seconds")
        axis.loglog(sizes, [run.peak / 1024 for run in runs], "s--", color="#d3122a", label="peak memory, GiB")
        axis.set(xlabel=name)
        axis.grid(alpha=0.3, which="major")
    axes[0].legend(frameon=False)
    figure.savefig(path)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        step, scan_file, numbers = sys.argv[2], Path(sys.argv[3]), [int(number) for number in sys.argv[4:]]
        (draw_scan if step == "draw" else reconstruct)(scan_file, *numbers)
    else:
        main(tyro.cli(Choices))
