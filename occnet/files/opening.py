"""What stands between a path and a reader: the file exists, is a file, holds something, and has a suffix that is known."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from occnet.errors import FileError
from occnet.files.limits import check_size


def suffix_of(path: Path, supported: Collection[str], purpose: str) -> str:
    """The suffix of path in lower case, one of supported (".ply", ...); raises FileError that lists them otherwise."""
    suffix = path.suffix.lower()
    if suffix not in supported:
        found = f"has the suffix {path.suffix}" if suffix else "has no suffix"
        raise FileError(f"{path} {found}, but {purpose} is one of {', '.join(sorted(supported))}; convert or rename it.")
    return suffix


def check_readable(path: Path) -> None:
    """Raise FileError when path is missing, a folder, not a regular file (a pipe would block), empty or protected."""
    try:
        if path.is_dir():
            raise FileError(f"{path} is a folder, but a file is needed; name one of the files in it.")
        if not path.exists():
            raise FileError(f"There is no file {path}; check the path.")
        if not path.is_file():
            raise FileError(f"{path} is not a regular file; copy its contents to a file first.")
        if path.stat().st_size == 0:
            raise FileError(f"{path} is empty (0 bytes); export or copy it again.")
        with open(path, "rb"):
            pass
    except (OSError, ValueError) as error:  # no permission, a name too long, a zero byte in the name
        why = error.strerror if isinstance(error, OSError) else error
        raise FileError(f"{str(path)!r} cannot be opened ({why}); check the path and its rights.") from error


def read_bytes(path: Path) -> bytes:
    """The whole contents of path; raises FileError as check_readable does, and when they are too many or are refused."""
    check_readable(path)
    try:
        check_size(path.stat().st_size, path)
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror or error}); check its rights.") from error
