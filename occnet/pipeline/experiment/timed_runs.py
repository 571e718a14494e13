"""Trainings for a time instead of for steps, with snapshots on the way: equal minutes and equal steps from the same runs."""

from __future__ import annotations

import csv
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from occnet.errors import FileError
from occnet.files.atomic import atomic_path
from occnet.networks.devices import device_of
from occnet.pipeline.train.train import train
from occnet.recipe import to_toml

CLOCK = "minutes.csv"
_COLUMNS = ("step", "minutes", "peak_megabytes")


@dataclass(frozen=True)
class Reading:
    """The clock of a run after so many steps."""

    step: int
    minutes: float  # of training, in all
    peak_megabytes: float  # the most memory so far; 0 where this machine does not tell


def train_for(recipe: dict[str, Any], run: Path, minutes: float, interval: int, device: str) -> list[Reading]:
    """Train in a run folder until so many minutes are used, or go on with it; the clock after each interval of steps.

    The rate stays as it is, for nobody knows how many steps there will be. On the CPU minutes are those of the process, so that
    what else the machine does counts nothing; on an accelerator those of the clock. Of the model, snapshots are kept in
    `snapshots/STEP` after interval, 2 interval, 4 interval, ... steps, and the last one in `model`.
    Raises what `train` does.
    """
    readings = read_clock(run)
    timed = time.process_time if device_of(device).type == "cpu" else time.perf_counter
    run.mkdir(parents=True, exist_ok=True)
    file = run / "timed.toml"
    while not readings or readings[-1].minutes < minutes:
        step = (readings[-1].step if readings else 0) + interval
        training = {**recipe.get("training", {}), "decay_share": 0.0, "checkpoint_every": interval, "validate_every": interval}
        with atomic_path(file) as path:
            path.write_text(to_toml({**recipe, "training": {**training, "steps": step}}), encoding="utf-8")
        begin, before = timed(), readings[-1] if readings else Reading(0, 0.0, 0.0)
        _forget_peak()
        train(file, run, device=device)
        used = (timed() - begin) / 60.0
        readings.append(Reading(step, before.minutes + used, max(before.peak_megabytes, _peak(device))))
        number = step // interval
        if number & (number - 1) == 0:
            shutil.copytree(run / "model", run / "snapshots" / str(step), dirs_exist_ok=True)
        _write_clock(run, readings)
    return readings


def read_clock(run: Path) -> list[Reading]:
    """The clock of a run; empty where none has begun. Raises FileError when it is damaged."""
    path = run / CLOCK
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [Reading(int(row["step"]), float(row["minutes"]), float(row["peak_megabytes"])) for row in rows]
    except (KeyError, ValueError, TypeError) as problem:
        raise FileError(f"{path} is damaged ({problem}); delete the folder {run} to train anew.") from problem


def common_step(runs: list[Path]) -> int:
    """The largest number of steps of which all runs have a snapshot; 0 where there is none."""
    steps = [{int(path.name) for path in (run / "snapshots").glob("[0-9]*")} for run in runs]
    return max(set.intersection(*steps), default=0) if steps else 0


def _write_clock(run: Path, readings: list[Reading]) -> None:
    with atomic_path(run / CLOCK) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows([one.step, f"{one.minutes:.4f}", f"{one.peak_megabytes:.0f}"] for one in readings)


def _forget_peak() -> None:
    """Let the peak of memory begin anew, where the system can."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Linux: the peak of the resident set
    except OSError:
        return


def _peak(device: str) -> float:
    """The peak of memory in megabytes: of the accelerator where one trains, else of this process; 0 where nobody tells."""
    if device_of(device).type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM:")), 0.0)
