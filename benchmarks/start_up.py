"""The clock of the shell for one scan, by phases: CPU seconds of `occnet reconstruct`, each time in a new process.

    OMP_NUM_THREADS=1 python benchmarks/start_up.py

CPU seconds, the least of several, for on a busy machine the wall clock tells what others do. What a user waits for on idle
cores is less: with several threads, the encoder and the decoder are shared among them. Python itself and `import torch` are
what no package of its kind can do without; all else is ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import tyro

SCAN = Path(__file__).parents[1] / "examples" / "data" / "chair_scan.ply"
CHILD = "child"


@dataclass(frozen=True)
class Choices:
    """What is measured."""

    scan: Path = SCAN
    """what is reconstructed"""
    times: int = 5
    """how often, of which the least counts"""


def main(choices: Choices) -> None:
    """Print a Markdown table, a line for each phase, and what of them stands beside `import torch`."""
    command = [sys.executable, __file__, CHILD, str(choices.scan)]
    runs: list[dict[str, float]] = []
    for _ in range(choices.times):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    least = {phase: min(run[phase] for run in runs) for phase in runs[0]}
    print("| phase | CPU seconds |\n| --- | --- |")
    for phase, seconds in least.items():
        print(f"| {phase} | {seconds:.2f} |")
    start = least.pop("python") + least.pop("import torch")
    other = least.pop("other start-up")
    rest = sum(least.values())
    print(f"| all | {start + other + rest:.2f}: torch {start:.2f}, other start-up {other:.2f}, the rest {rest:.2f} |")


def child(scan: Path) -> None:
    """The process that is measured: what the command does, and a line of JSON with the seconds of each phase."""
    stamps = [("python", 0.0), ("import torch", time.process_time())]

    def begin(phase: str) -> None:
        stamps.append((phase, time.process_time()))

    from occnet.verbs.shell.quick_imports import quick_imports

    with quick_imports():
        import torch  # noqa: F401

        begin("other start-up")
        from occnet.pipeline.many.reconstructing import reconstruct_file
        from occnet.pipeline.phases import listening
        from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

    with tempfile.TemporaryDirectory() as folder, listening(begin):
        reconstruct_file(scan, Path(folder) / "mesh.ply", ReconstructOptions())
    begin("end")
    print(json.dumps(_seconds(stamps)))


def _seconds(stamps: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The seconds of each phase, from when each began."""
    found: dict[str, float] = {}
    for (phase, began), (_, ended) in pairwise(stamps):
        found[phase] = found.get(phase, 0.0) + ended - began
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        child(Path(sys.argv[2]))
    else:
        main(tyro.cli(Choices))
