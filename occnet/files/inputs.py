"""Files named one by one, by folders and by patterns: which they are, and what each is called below what named it."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from occnet.errors import FileError

_SHOWN = 6  # suffixes that a message lists


@dataclass(frozen=True)
class Input:
    """A file that was named or found."""

    path: Path
    name: PurePath  # what it is called below the folder, or the fixed part of the pattern, that named it


@dataclass(frozen=True)
class Inputs:
    """Files in the order in which they were named, those of a folder in alphabetic order, none of them twice."""

    files: tuple[Input, ...]
    passed_over: int = 0  # files of folders and patterns that have none of the suffixes


def find_inputs(given: Sequence[str], suffixes: Collection[str], leave_out: Path | None = None) -> Inputs:
    """The files that are meant.

    given: files, which are taken whatever their suffix; folders, which are searched whole, and where there is more than one
    thing given, keep their own name at the front of their files' names; patterns of a shell (`*`, `?`, `[ab]`, and `**` for
    any folders), for whoever puts them in quotes. Search follows links, and passes over names that begin with a point.
    suffixes: of files that are found by search, in lower case. leave_out: a folder in those given that is not searched, such
    as that of the results.

    Raises FileError when one of what is given names no file at all.
    """
    if not given:
        raise FileError("No file is named; name files, folders, or patterns in quotes.")
    left_out = None if leave_out is None else os.path.realpath(leave_out)
    seen: dict[str, Input] = {}
    passed_over: set[str] = set()
    for text in given:
        found = list(_found(text, len(given) > 1, left_out))
        wanted = [item for item in found if item.path == Path(text) or item.path.suffix.lower() in suffixes]
        if not wanted:
            shown = ", ".join(sorted(suffixes)[:_SHOWN])
            raise FileError(f"{text} holds no file that can be read ({shown}, ...); name another folder or pattern.")
        for item in wanted:
            seen.setdefault(os.path.abspath(item.path), item)
        passed_over |= {os.path.abspath(item.path) for item in found}
    return Inputs(tuple(seen.values()), len(passed_over - seen.keys()))


def is_search(text: str) -> bool:
    """Whether a folder or a pattern is given, and not one file."""
    return os.path.isdir(text) or (not os.path.lexists(text) and glob.has_magic(text))


def check_apart(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise FileError when a file to write is one of those to read, by whatever name or link: it would be lost."""
    sources = {_identity(path): path for path in inputs if os.path.exists(path)}
    for path in outputs:
        source = sources.get(_identity(path)) if os.path.exists(path) else None
        if source is not None:
            same = "is an input" if source == path else f"is the same file as the input {source}"
            raise FileError(f"{path} {same}, which would be lost; name another output.")


def _identity(path: Path) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino


def _found(text: str, among_others: bool, leave_out: str | None) -> Iterator[Input]:
    path = Path(text)
    if os.path.isdir(path):
        yield from _in_folder(path, PurePath(path.resolve().name if among_others else ""), leave_out)
    elif not is_search(text):
        if not os.path.lexists(path):
            raise FileError(f"There is no file {text}; check the path.")
        yield Input(path, PurePath(path.name))
    else:
        fixed = _fixed_part(path)
        matches = sorted(Path(match) for match in glob.glob(text, recursive=True))
        if not matches:
            raise FileError(f"Nothing is called like {text}; check the pattern, or name a folder.")
        for match in matches:
            name = match.relative_to(fixed)
            if match.is_dir():
                yield from _in_folder(match, name, leave_out, (os.path.realpath(fixed),))
            else:
                yield Input(match, name)


def _fixed_part(pattern: Path) -> Path:
    """The folder that all matches of a pattern have before their first part with a wildcard."""
    parts = []
    for part in pattern.parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return Path(*parts)


def _in_folder(folder: Path, name: PurePath, leave_out: str | None, above: tuple[str, ...] = ()) -> Iterator[Input]:
    """All files below a folder, through links too, but not in circles. above: the real folders on the way to it."""
    place = os.path.realpath(folder)
    if place in above or (place == leave_out and above):
        return
    try:
        entries = sorted(entry for entry in os.listdir(folder) if not entry.startswith("."))
    except OSError as error:
        raise FileError(f"The folder {folder} cannot be searched ({error.strerror or error}); check its rights.") from error
    for entry in entries:
        path = folder / entry
        if path.is_dir():
            yield from _in_folder(path, name / entry, leave_out, (*above, place))
        else:
            yield Input(path, name / entry)
