"""Zip archives of meshes: what is in them, and single members as files."""

from __future__ import annotations

import shutil
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from occnet.errors import FileError, OccnetError, failing_as
from occnet.files.material_colors import IMAGES
from occnet.files.opening import check_readable
from occnet.files.temporary_folders import TemporaryFolder

LARGEST_MEMBER = 4 << 30  # bytes of one file in an archive: a small archive may promise terabytes


class Archive:
    """An open zip archive and its files by their names: it is read once, for the list of a large one takes a second.

    Raises FileError when there is none at the path, or its list is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        check_readable(path)
        with failing_as(FileError, f"The zip archive {path}"):
            self._zip = zipfile.ZipFile(path)
            members: dict[str, list[zipfile.ZipInfo]] = defaultdict(list)
            for member in self._zip.infolist():
                if not member.is_dir():
                    members["/".join(PurePosixPath(member.filename).parts)].append(member)
        self._members: Mapping[str, Sequence[zipfile.ZipInfo]] = dict(members)

    @property
    def names(self) -> list[str]:
        """The names of its files, in order, each once; those are left out that begin with a point, or lie below such a name."""
        return sorted(name for name in self._members if not any(map(_is_hidden, name.split("/"))))

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def extract(self, name: str, folder: Path) -> Path:
        """Where in the folder the file of that name now is.

        Raises FileError when it is missing, there twice, damaged, too large, or has a password, or its name leads out.
        """
        found = self._members.get(name, ())
        if not found:
            raise FileError(f"{self.path} holds no file {name!r}.")
        if len(found) > 1:
            raise FileError(f"{self.path} holds {len(found)} files {name!r}, and nothing tells which is meant; pack it anew.")
        if found[0].file_size > LARGEST_MEMBER:
            raise FileError(f"{name!r} in {self.path} is larger than {LARGEST_MEMBER >> 30} GiB; unpack it.")
        target = (folder / PurePosixPath(name)).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise FileError(f"The name {name!r} in {self.path} leads out of the archive; pack it anew.")
        with failing_as(FileError, f"{name!r} in {self.path}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._zip.open(found[0]) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
        return target

    def extract_companions(self, name: str, place: Path, folder: Path, suffixes: tuple[str, ...]) -> None:
        """Extract the files with these suffixes that the one at place, whose name is given, names, and what its .mtl names."""
        beside = str(PurePosixPath(name).parent) + "/" if "/" in name else ""
        members = [member for member in self._members if member.startswith(beside)]
        members = [member for member in members if PurePosixPath(member).suffix.lower() in suffixes]
        waiting = [place] if members else []
        while waiting:
            text = waiting.pop().read_bytes()
            for member in members:
                inner = PurePosixPath(member)
                named = inner.name.encode("utf-8", "surrogateescape") in text or quote(inner.name).encode() in text
                if named and not (folder / inner).exists():
                    found = self.extract(member, folder)
                    waiting += [found] if inner.suffix.lower() == ".mtl" else []


def _is_hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part != "..")


def archive_at(path: Path) -> Archive:
    """The archive at a path, read anew when it has changed. Raises FileError when there is none, or it is damaged."""
    check_readable(path)
    status = path.stat()
    return _archive(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _archive(path: Path, *_: int) -> Archive:
    return Archive(path)


@contextmanager
def unpacked(path: Path, name: str) -> Iterator[Path]:
    """An archive or bundle in an archive as a file of its own, unpacked once for many meshes. Raises FileError as extracted."""
    kept = _unpacked_once(archive_at(path), name)  # held here, so that the folder stays while it is in use
    with _told_of(path, kept.path):
        yield kept.path / PurePosixPath(name)


@lru_cache(maxsize=2)
def _unpacked_once(archive: Archive, name: str) -> TemporaryFolder:
    folder = TemporaryFolder()
    archive.extract(name, folder.path)
    return folder


@contextmanager
def extracted(path: Path, name: str, with_buffers: bool, with_colors: bool) -> Iterator[Path]:
    """A mesh in an archive as a file that is there for the time of the block; with what it refers to, if that is wanted.

    Raises FileError as `Archive.extract` does.
    """
    archive = archive_at(path)
    with TemporaryFolder() as folder, _told_of(path, folder):
        place = archive.extract(name, folder)
        wanted = (".bin",) * with_buffers + (".mtl", *IMAGES) * with_colors
        archive.extract_companions(name, place, folder, wanted)
        yield place


@contextmanager
def _told_of(archive: Path, folder: Path) -> Iterator[None]:
    """Name, in the errors of the block, the archive in place of the folder into which it was unpacked."""
    try:
        yield
    except OccnetError as problem:
        raise type(problem)(str(problem).replace(str(folder), str(archive))) from problem
