"""A folder that one process of this machine has to itself for a while."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from occnet.errors import FileError, OccnetError, plainly

LOCK = ".lock"  # the file in the folder by which it is known to be in use


@contextmanager
def sole_use(folder: Path, busy: OccnetError) -> Iterator[None]:
    """Keep other processes of this machine out of a folder, which is made if it is not there, for the time of the block.

    A process that is killed leaves no lock behind: its system takes it back.
    Raises busy when another process has the folder, FileError when it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = _locked(folder / LOCK)
    except OSError as problem:
        raise FileError(f"{str(folder)!r} cannot be written to ({plainly(problem)}); name another folder.") from problem
    if file is None:
        raise busy
    with file:
        try:
            yield
        finally:
            if sys.platform != "win32":  # there an open file cannot be removed; it may stay
                (folder / LOCK).unlink(missing_ok=True)


def _locked(path: Path) -> TextIO | None:
    """The file at path, made if it is not there, and this process's alone until it is closed; None while another has it."""
    while True:
        file = path.open("w", encoding="utf-8")
        try:
            _lock(file)
        except OSError:
            file.close()
            return None
        if _is_at(file, path):
            return file
        file.close()  # who had it before removed it after it was opened here: it keeps nobody out


def _is_at(file: TextIO, path: Path) -> bool:
    """Whether an open file is what is at a path now."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: TextIO) -> None:
    """Take the file for this process alone, until it is closed; raises OSError when another process has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
