"""Opens mutants, those with the numbers from FIRST to END - 1, and prints a line of JSON for each as it is done.

It is a process of its own, with an upper limit to its memory, so that a crash or a hang shows as the mutant after the last line
printed. A mutant is a function of its number alone, so that any can be made again.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from occnet.errors import OccnetError
from tests.fuzz.doors import DOORS
from tests.fuzz.mutators import mutant
from tests.fuzz.seeds import Seed, made_seeds

MEMORY = 2 << 30  # bytes beyond what the process has once all is loaded
LIMIT = "0.1"  # GiB that a file may fill


def main() -> None:
    first, end = int(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="occnet-") as folder:
        seeds = made_seeds(Path(folder))
    for seed in seeds:  # loads all that opening takes, and shows that what follows is of the damage
        outcome = opened(seed, seed.files)
        assert outcome["came"] == "read", f"{seed.name}: {outcome}"
    limit_memory(MEMORY)
    for number in range(first, end):
        seed, files, ways = numbered(number, seeds)
        print(json.dumps({"number": number, "seed": seed.name, "ways": ways, **opened(seed, files)}), flush=True)


def numbered(number: int, seeds: Sequence[Seed]) -> tuple[Seed, dict[str, bytes], str]:
    """The mutant of that number: the seed, its files, one of them damaged, and in which ways."""
    generator = random.Random(number)
    (seed,) = generator.choices(seeds, [seed.weight for seed in seeds])
    data, ways = mutant(seed.files[seed.damaged], seed.damaged, generator)
    return seed, {**seed.files, seed.damaged: data}, ways


def opened(seed: Seed, files: Mapping[str, bytes]) -> dict[str, str | float]:
    """What came of opening files: "read", the kind of error that refuses them, or what leaked; and seconds of the processor."""
    with tempfile.TemporaryDirectory(prefix="occnet-") as folder:
        for name, data in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        start, said = time.process_time(), ""
        try:
            DOORS[seed.door](Path(folder) / seed.opened)
            came = "read"
        except OccnetError as problem:
            came, said = type(problem).__name__, str(problem)
            if "\n" in said.strip():
                came = f"leaked: several lines: {said}"
        except BaseException as problem:
            came, said = f"leaked: {type(problem).__name__}: {str(problem)[:200]}", traceback.format_exc()[-3000:]
        return {"came": came, "said": said, "seconds": time.process_time() - start}


def limit_memory(more: int) -> None:
    """Set how many bytes the process may take beyond those that it has."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 1 << 21
    bytes_at_most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (bytes_at_most, bytes_at_most))


if __name__ == "__main__":
    main()
