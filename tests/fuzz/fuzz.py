"""Damages files of every format, opens them, and prints what came of it: `python -m tests.fuzz.fuzz --mutants 100000`.

Ends with 1, and lists the mutants, when anything came out but a whole reading or an OccnetError in one sentence: another
exception, a crash, more memory than the limit, or more than ten seconds of the processor. `--only NUMBER` tries one again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SLOW = 10.0  # seconds of the processor for one small file
AT_ONCE = 2000  # mutants a process, so that memory which is not given back shows as little as it does to users


def outcomes(first: int, end: int) -> Iterator[dict[str, Any]]:
    """What came of each mutant, in order; after a crash or a hang, which counts as a leak, another process goes on."""
    while first < end:
        last = min(end, first + AT_ONCE)
        for found in _of_a_process(first, last):
            yield found
            first = found["number"] + 1


def _of_a_process(first: int, end: int) -> Iterator[dict[str, Any]]:
    from tests.fuzz.try_mutants import LIMIT

    command = [sys.executable, "-m", "tests.fuzz.try_mutants", str(first), str(end)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OCCNET_READ_LIMIT": LIMIT}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, cwd=ROOT)
        _limit_seconds(process.pid)
        assert process.stdout is not None
        for line in process.stdout:
            yield (found := json.loads(line))
            first = found["number"] + 1
        if process.wait():
            errors.seek(0)
            said = errors.read()[-2000:]
            if "AssertionError" in said or first == end:
                raise RuntimeError(f"the process of mutants {first} to {end} ended with {process.returncode}: {said}")
            why = f"the process ended with {process.returncode}"
            yield {"number": first, "seed": "", "ways": "", "came": f"leaked: {why}", "said": said, "seconds": 0.0}


def _limit_seconds(process: int) -> None:
    """Let a process that computes for ever be ended by the system, where it can."""
    try:
        import resource

        resource.prlimit(process, resource.RLIMIT_CPU, (3600, 3600))
    except (ImportError, AttributeError):
        return


def is_fault(found: dict[str, Any]) -> bool:
    """Whether what came of a mutant must not be."""
    return found["came"].startswith("leaked") or found["seconds"] > SLOW


def told(found: dict[str, Any]) -> str:
    """What came of a mutant, in a line."""
    return f"mutant {found['number']} of {found['seed']} ({found['ways']}), {found['seconds']:.1f} s: {found['came']}"


def histogram(found: Sequence[dict[str, Any]]) -> str:
    """A Markdown table: for each door how many mutants were read, refused by each kind of error, or leaked."""
    kinds = sorted({_kind(one) for one in found}, key=lambda kind: (kind != "read", kind == "leaked", kind))
    counts = Counter((one["seed"].split(":")[0] or "(crash)", _kind(one)) for one in found)
    doors = sorted({door for door, _ in counts})
    lines = [["door", "mutants", *kinds]]
    lines += [[door, sum(counts[door, kind] for kind in kinds), *(counts[door, kind] for kind in kinds)] for door in doors]
    lines += [["all", len(found), *(sum(counts[door, kind] for door in doors) for kind in kinds)]]
    rows = ["| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in line) + " |" for line in lines]
    return "\n".join([rows[0], "|" + " --- |" * len(lines[0]), *rows[1:]])


def _kind(found: dict[str, Any]) -> str:
    return "leaked" if found["came"].startswith("leaked") else found["came"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--only", type=int, help="number of the only one, of which all is told")
    choices = parser.parse_args()
    first = choices.first if choices.only is None else choices.only
    found = []
    for one in outcomes(first, first + (choices.mutants if choices.only is None else 1)):
        found.append(one)
        if is_fault(one) or choices.only is not None:
            print(f"{told(one)}\n{one['said']}", flush=True)
    faults = sum(map(is_fault, found))
    print(histogram(found))
    print(f"{len(found):,} mutants, {sum(one['seconds'] for one in found):.0f} s of the processor, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
