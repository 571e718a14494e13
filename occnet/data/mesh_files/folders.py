"""The files below a folder, each once, whatever links lead to it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from occnet.errors import FileError


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files below a folder: their names from there, with slashes, and where they are. Hidden ones are passed over.

    Links are followed once all that lies there without them is listed, and lead to nothing that is listed already: a link in
    a circle ends, and no mesh gets two names, of which one might be trained on and the other be tested with. A folder that may
    not be searched, and a link that leads nowhere, are listed as they are.

    Raises FileError when the folder itself may not be searched.
    """
    searched, linked = set[str](), set[str]()  # folders, and files that links led to, by their real paths
    folders, links = deque([("", os.path.realpath(folder))]), deque[tuple[str, str]]()
    while folders or links:
        if not folders:
            name, link = links.popleft()
            target = os.path.realpath(link)
            if os.path.isdir(target):
                folders.append((name, target))
            elif target not in linked and not _is_listed(target, searched):
                linked.add(target)
                yield name, Path(link)
            continue
        name, place = folders.popleft()
        if place in searched:
            continue
        searched.add(place)
        try:
            with os.scandir(place) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as problem:
            if not name:
                raise FileError(f"{str(folder)!r} cannot be searched ({problem.strerror}); check its rights.") from problem
            yield name, Path(place)
            continue
        for entry in entries:
            inner = f"{name}/{entry.name}" if name else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                links.append((inner, entry.path))
            elif entry.is_dir():
                folders.append((inner, entry.path))
            elif entry.path not in linked:
                yield inner, Path(entry.path)


def _is_listed(file: str, searched: set[str]) -> bool:
    folder, name = os.path.split(file)
    return folder in searched and not name.startswith(".") and os.path.exists(file)
