"""Atomic writes: a file is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from occnet.errors import FileError


def check_folder_of(path: Path) -> None:
    """Nothing; raises FileError when path cannot be written because its folder is missing or it is itself a folder.

    Long jobs call it before they start, so that a mistyped path costs no work.
    """
    if path.is_dir():
        raise FileError(f"{path} is a folder, so it cannot be written as a file; add a file name.")
    if not path.parent.is_dir():
        raise FileError(f"The folder {path.parent} for {path.name} does not exist; create it or name another one.")


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the folder of path, with the same suffix, that becomes path when the block ends without an error.

    The block creates and closes the file. Its bytes reach the disk before it takes the name, so a crash leaves either the old
    file or the new one. After an error the temporary file is removed and the old file stays as it was.

    Raises FileError when the folder is missing, not writable or full.
    """
    path = Path(path)
    check_folder_of(path)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        with open(temporary, "r+b") as file:  # Windows flushes only through a handle that may write
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise FileError(
            f"{path} could not be written ({error.strerror or error}); check the folder's space and rights."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened; there the rename is journalled by the file system
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
