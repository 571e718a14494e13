"""Zip archives of meshes: what is in them, and single members as files."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from occnet.errors import FileError
from occnet.files.materials import IMAGES

LARGEST_MEMBER = 4 << 30  # bytes of one file in an archive: a small archive may promise terabytes


def opened_archive(path: Path) -> zipfile.ZipFile:
    """The archive at path. Raises FileError when it is none."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as problem:
        raise FileError(f"{path} is no zip archive, or is damaged ({problem}); copy it again.") from problem


def members_of(path: Path) -> list[str]:
    """The names of the files in an archive, in order; those are left out that begin with a point, or lie below such a name."""
    with opened_archive(path) as archive:
        names = sorted(member.filename for member in archive.infolist() if not member.is_dir())
    hidden = [any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts) for name in names]
    return [name for name, out in zip(names, hidden, strict=True) if not out]


@contextmanager
def unpacked(path: Path, name: str) -> Iterator[Path]:
    """An archive or bundle in an archive as a file of its own, unpacked once for many meshes. Raises FileError as extracted."""
    kept = _unpacked_once(path, name)  # held here, so that the folder stays while it is in use
    yield Path(kept.name) / PurePosixPath(name)


@lru_cache(maxsize=2)
def _unpacked_once(path: Path, name: str) -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="occnet-")
    with opened_archive(path) as archive, _delivering(path, name):
        _extract(archive, name, Path(folder.name))
    return folder


@contextmanager
def extracted(path: Path, name: str, with_buffers: bool, with_colors: bool) -> Iterator[Path]:
    """A mesh in an archive as a file that is there for the time of the block; with what it refers to, if that is wanted.

    Raises FileError when the archive is damaged or has a password, or the member is missing or too large.
    """
    with opened_archive(path) as archive, tempfile.TemporaryDirectory(prefix="occnet-") as folder:
        place = Path(folder) / PurePosixPath(name)
        with _delivering(path, name):
            _extract(archive, name, Path(folder))
            wanted = (".bin",) * with_buffers + (".mtl", *IMAGES) * with_colors
            _extract_companions(archive, name, place, Path(folder), wanted)
        yield place


@contextmanager
def _delivering(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as problem:
        raise FileError(f"{path} cannot deliver {name!r} ({problem}); copy it again, without a password.") from problem


def _extract_companions(archive: zipfile.ZipFile, name: str, place: Path, folder: Path, wanted: tuple[str, ...]) -> None:
    """Extract the members with these suffixes that the file at place names, and those that its .mtl files name."""
    beside = str(PurePosixPath(name).parent) + "/" if "/" in name else ""
    members = [member for member in archive.namelist() if member.startswith(beside)]
    members = [member for member in members if PurePosixPath(member).suffix.lower() in wanted]
    waiting = [place] if members else []
    while waiting:
        text = waiting.pop().read_bytes()
        for member in members:
            inner = PurePosixPath(member)
            named = inner.name.encode() in text or quote(inner.name).encode() in text
            if named and not (folder / inner).exists():
                _extract(archive, member, folder)
                waiting += [folder / inner] if inner.suffix.lower() == ".mtl" else []


def _extract(archive: zipfile.ZipFile, name: str, folder: Path) -> None:
    if archive.getinfo(name).file_size > LARGEST_MEMBER:
        raise OSError(f"it is larger than {LARGEST_MEMBER >> 30} GiB")
    target = (folder / PurePosixPath(name)).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OSError("its name leads out of the archive")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
