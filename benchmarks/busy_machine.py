"""One reconstruction alone and several at once, by how long torch's threads spin while they wait for each other.

    python benchmarks/busy_machine.py SCAN [--at-once 1 2] [--rounds 5]

Seconds of wall time of the phase "reconstruct", the middle of all commands. GNU OpenMP spins 300,000 turns by itself; occnet's
command line sets 1,000 unless the environment says otherwise.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import tyro


def main(scan: tyro.conf.Positional[Path], at_once: tuple[int, ...] = (1, 2), rounds: int = 5, model: str = "points") -> None:
    """Print a row for each number of commands at once and each number of turns."""
    print("| at once | turns | seconds |\n|---|---|---|")
    for programs in at_once:
        found: dict[int, list[float]] = {300_000: [], 1000: []}
        for _ in range(rounds):  # in turn, so that a slow moment of the machine meets both
            for turns, seconds in found.items():
                seconds += together(scan, programs, turns, model)
        for turns, seconds in found.items():
            print(f"| {programs} | {turns:,} | {statistics.median(seconds):.2f} |", flush=True)


def together(scan: Path, programs: int, turns: int, model: str) -> list[float]:
    """Seconds that each of so many commands, begun at once, took to reconstruct."""
    environment = {**os.environ, "GOMP_SPINCOUNT": str(turns)}
    with tempfile.TemporaryDirectory() as folder:
        begun = [
            subprocess.Popen(
                [sys.executable, "-m", "occnet", "reconstruct", str(scan), "-o", f"{folder}/{number}.ply", "--model", model],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(programs)
        ]
        return [_seconds(program.communicate()[0]) for program in begun]


def _seconds(output: str) -> float:
    match = re.search(r"reconstruct ([0-9.]+) s", " ".join(output.split()))
    if match is None:
        raise SystemExit(f"no time in what the command printed:\n{output}")
    return float(match[1])


if __name__ == "__main__":
    tyro.cli(main)
