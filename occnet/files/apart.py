"""Decoders in other languages, in a process of their own: what they do over a damaged file ends that process and not this one.

lazrs gives up the whole process when a damaged file asks for more memory than there is, and no exception can be caught.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np

from occnet.errors import FileError, OccnetError
from occnet.files.contents import Contents
from occnet.files.limits import read_limit
from occnet.files.temporary_folders import TemporaryFolder

_PROGRAM = "import sys; from occnet.files.apart import main; main(sys.argv[1:])"
_REFUSED = 3  # how the process ends when it has written why
_FACTOR = 4  # of the limit, which is for the contents alone, that the process may have


def read_apart(read: Callable[[Path], Contents], path: Path) -> Contents:
    """What a function of a module makes of a file, in another process. Raises FileError as that does, or when it breaks off."""
    with TemporaryFolder() as folder:
        result, reason = folder / "contents.npz", folder / "reason.txt"
        # -P: nothing is imported from the folder in which the user is
        command = [sys.executable, "-P", "-c", _PROGRAM, read.__module__, read.__name__, str(path), str(result), str(reason)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode == _REFUSED:
            raise FileError(os.fsdecode(reason.read_bytes()))
        if done.returncode:
            raise FileError(f"{path} is damaged so that its decoder broke off; copy or export it again.")
        with np.load(result, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    notes = tuple(str(note) for note in found.pop("notes"))
    return Contents(**found, notes=notes)


def main(arguments: Sequence[str]) -> None:
    """The other process: read a file by a function, and write what it holds, or why it is refused."""
    module, name, path, result, reason = arguments
    _limit_memory()
    try:
        contents: Contents = getattr(importlib.import_module(module), name)(Path(path))
    except (OccnetError, MemoryError) as error:
        text = str(error) if isinstance(error, OccnetError) else f"{path} needs more memory than there is; make it smaller."
        Path(reason).write_bytes(os.fsencode(text))
        sys.exit(_REFUSED)
    arrays = {field.name: getattr(contents, field.name) for field in fields(contents) if field.name != "notes"}
    kept = {name: array for name, array in arrays.items() if array is not None}
    np.savez(result, allow_pickle=False, notes=np.array(contents.notes, dtype=str), **kept)


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not every system has such limits
        import resource

        most = int((_FACTOR * read_limit() + 2) * (1 << 30))
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
