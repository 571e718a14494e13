"""Folders for temporary files, which go with the process that made them; where it was killed, the next one removes them."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a killed process leaves its folders to the system
    fcntl = None

PREFIX, MARK = "occnet-", ".in-use"
_swept: set[str] = set()  # places that this process has looked through for what others left there


class TemporaryFolder:
    """A new folder in the system's place for temporary files, with nothing in it but a mark that its process still runs.

    As a context it gives the folder, which goes when the block ends; otherwise it goes when nothing refers to this any more.
    """

    def __init__(self) -> None:
        place = tempfile.gettempdir()
        if fcntl is not None and place not in _swept:
            _swept.add(place)
            _remove_leftovers(place)
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        self.path = Path(self._folder.name)
        self._mark = open(self.path / f"{MARK}-to-be", "w")  # open, and so locked, for as long as this is  # noqa: SIM115
        if fcntl is not None:
            with suppress(OSError):  # not every file system has locks
                fcntl.flock(self._mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.rename(self._mark.name, self.path / MARK)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self._mark.close()
        self._folder.cleanup()


def _remove_leftovers(place: str) -> None:
    """Remove the folders of this user's processes that have ended: their locks ended with them."""
    with os.scandir(place) as entries:
        folders = [entry for entry in entries if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)]
    for folder in folders:
        with suppress(OSError):  # it has no mark, is in use, or gone
            if folder.stat(follow_symlinks=False).st_uid != os.getuid():
                continue
            handle = os.open(os.path.join(folder.path, MARK), os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[union-attr]
                shutil.rmtree(folder.path, ignore_errors=True)
            finally:
                os.close(handle)
