"""Reads every file named on standard input as a cloud and as a mesh, and prints one line of JSON for each as it is done.

The corpus tests run it as a process of its own, with an upper limit to its memory, so that a crash or a hang of a reader shows
as the file after the last line printed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from occnet.errors import FileError
from occnet.files import read_cloud, read_mesh


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


def main() -> None:
    limit_memory(3 << 30)
    paths = [Path(line.rstrip("\n")) for line in sys.stdin]
    for path in paths:
        print(json.dumps({"path": str(path), **outcome(path)}), flush=True)


if __name__ == "__main__":
    main()
