"""Reads every file named on standard input as a cloud and as a mesh, and prints one line of JSON for each as it is done.

The corpus tests run it as a process of its own, with an upper limit to its memory, so that a crash or a hang of a reader shows
as the file after the last line printed.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
import time
from pathlib import Path

from occnet.errors import FileError
from occnet.files import read_cloud, read_mesh

HARD_NUMBERS = (b"99999999999", b"-1", b"4294967295", b"nan", b"1e999", b"0", b"")


def limit_memory(bytes_at_most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (bytes_at_most, bytes_at_most))


def outcome(path: Path) -> dict[str, str | float]:
    result: dict[str, str | float] = {}
    start = time.process_time()
    for kind, read in (("cloud", read_cloud), ("mesh", read_mesh)):
        try:
            read(path)
            result[kind] = "read"
        except FileError as error:
            result[kind] = f"refused: {error}"
        except Exception as error:
            result[kind] = f"broken: {type(error).__name__}: {error}"
    result["seconds"] = time.process_time() - start
    return result


def mutant(data: bytes, generator: random.Random) -> bytes:
    """The data with a few bytes changed, removed or repeated, or a number of its head replaced by a hard one."""
    changed = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 4, 16))):
        place = generator.randrange(len(changed)) if changed else 0
        match generator.randrange(6):
            case 0:
                changed[place : place + 1] = bytes([generator.randrange(256)])
            case 1:
                del changed[place : place + generator.choice((1, 2, 4, 100))]
            case 2:
                changed[place:place] = changed[: generator.choice((1, 4, 50))]
            case 3 if generator.random() < 0.3:
                del changed[place:]
            case _:
                numbers = list(re.finditer(rb"\d+", bytes(changed[:2000])))
                if numbers:
                    number = generator.choice(numbers)
                    changed[number.start() : number.end()] = generator.choice(HARD_NUMBERS)
    return bytes(changed)


def main() -> None:
    limit_memory(3 << 30)
    paths = [Path(line.rstrip("\n")) for line in sys.stdin]
    mutants = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    if not mutants:
        for path in paths:
            print(json.dumps({"path": str(path), **outcome(path)}), flush=True)
        return
    generator = random.Random(20190615)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(mutants):
            seed = generator.choice(paths)
            target = Path(folder) / f"mutant{seed.suffix}"
            target.write_bytes(mutant(seed.read_bytes(), generator))
            print(json.dumps({"path": f"mutant {number} of {seed}", **outcome(target)}), flush=True)


if __name__ == "__main__":
    main()
