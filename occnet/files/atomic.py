"""Atomic writes: a file is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from occnet.errors import FileError
from occnet.files.temporary_folders import TemporaryFolder

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed by others
    fcntl = None

PREFIX = ".occnet-"  # of temporary files, whose names are short, so that a name may be as long as the system allows
_LONGEST_SUFFIX = 16
_swept: set[Path] = set()  # folders that this process has looked through for what others left there


def check_folder_of(path: Path) -> None:
    """Raise FileError when path cannot be written: it is a folder, its name is too long, its folder is missing or protected.

    Long jobs call it before they start, so that a mistyped path costs no work.
    """
    try:
        if path.is_dir():
            raise FileError(f"{path} is a folder, so it cannot be written as a file; add a file name.")
        target = path if _is_stream(path) else _end_of_links(path)
        if not target.parent.is_dir():
            raise FileError(f"The folder {target.parent} for {target.name} does not exist; create it or name another one.")
        place = target if _is_stream(target) else target.parent
        if not os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise FileError(f"{path} cannot be written, for {place} is protected; change its rights or name another place.")
    except (OSError, ValueError) as error:  # a name too long, a zero byte in it, links in a circle, no permission on the way
        why = error.strerror if isinstance(error, OSError) else error
        raise FileError(f"{str(path)!r} cannot be written ({why}); give another name or place.") from error


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that have ended: their locks ended with them. Where there are no locks, none."""
    if fcntl is None:
        return
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(PREFIX) and entry.is_file(follow_symlinks=False)]
    for name in names:
        with suppress(OSError):  # it is locked, or gone
            handle = os.open(folder / name, os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(folder / name)
            finally:
                os.close(handle)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the folder of path, with the same suffix, that becomes path when the block ends without an error.

    The block writes and closes the file. Its bytes reach the disk before it takes the name, so a crash leaves either the old
    file or the new one. After an error the temporary file is removed and the old file stays as it was; what a run that was
    killed has left is removed by the next one that writes there. A new file has the mode of the one that it replaces. A link
    stays, and what it leads to is replaced. What is no file (a pipe, a device) is written through, once the block has ended.

    Raises FileError when the folder is missing, not writable or full.
    """
    path = Path(path)
    check_folder_of(path)
    try:
        with _written_through(path) if _is_stream(path) else _replacing(_end_of_links(path)) as temporary:
            yield temporary
    except OSError as error:
        raise FileError(
            f"{path} could not be written ({error.strerror or error}); check the folder's space and rights."
        ) from error


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    if target.parent not in _swept:
        _swept.add(target.parent)
        remove_leftovers(target.parent)
    suffix = target.suffix if len(os.fsencode(target.suffix)) <= _LONGEST_SUFFIX else ""
    temporary, handle = _new_file(target.parent, suffix)
    try:
        yield temporary
        with open(temporary, "r+b") as file:  # Windows flushes only through a handle that may write
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
        _sync_folder(target.parent)
    finally:
        if handle is not None:
            os.close(handle)
        temporary.unlink(missing_ok=True)


@contextmanager
def _written_through(path: Path) -> Iterator[Path]:
    with TemporaryFolder() as folder:
        temporary = folder / f"result{path.suffix}"
        yield temporary
        with open(temporary, "rb") as source, open(path, "wb") as sink:
            shutil.copyfileobj(source, sink)


def _is_stream(path: Path) -> bool:
    """Whether path is there and is neither file nor folder: a pipe, a device."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _end_of_links(path: Path) -> Path:
    """Where path leads to, whether there is a file or not."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _new_file(folder: Path, suffix: str) -> tuple[Path, int | None]:
    """An empty file of a new name, and a handle that locks it for as long as it is open, where there are locks."""
    while True:
        path = folder / f"{PREFIX}{secrets.token_hex(4)}{suffix}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if fcntl is None:
            os.close(handle)
            return path, None
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(FileNotFoundError):  # another process took it for one that was left
            if os.path.samestat(os.stat(path), os.fstat(handle)):
                return path, handle
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened; there the rename is journalled by the file system
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
