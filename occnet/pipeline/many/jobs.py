"""Which file becomes which: planned, and judged, before any work is done."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from occnet.errors import FileError
from occnet.files.inputs import Input, check_apart, find_inputs, is_search
from occnet.files.meshes import WRITERS, numbered

_SLASHES = ("/", os.sep)
_FORMAT = "ply"  # of meshes in a folder, where none is named


@dataclass(frozen=True)
class Job:
    """One file to do."""

    source: Path
    destination: Path | None = None  # nothing is written where there is none
    others: tuple[Path, ...] = ()  # more sources of the same result
    several: bool = False  # whether meshes are written with a number each, see `numbered`

    @property
    def first(self) -> Path | None:
        """The file that is there when it is done."""
        return numbered(self.destination, 1)[0] if self.several and self.destination is not None else self.destination


@dataclass(frozen=True)
class Jobs:
    """What a command is to do."""

    jobs: tuple[Job, ...]
    alone: bool  # one file was named: the only job is told in full, and if it fails, the command does
    folder: Path | None = None  # for the results, which need not be there yet
    passed_over: int = 0  # files found by search that are of no readable kind
    pictures: int = 0  # found by search beside scans or voxels, which they show, and passed over, too


def plan_checks(given: Sequence[str], suffixes: Collection[str]) -> Jobs:
    """A job for each file (see `find_inputs`), of which nothing is written. Raises FileError where one names no file."""
    found = find_inputs(given, suffixes)
    return Jobs(tuple(Job(item.path) for item in found.files), is_one_file(given), passed_over=found.passed_over)


def plan_meshes(
    given: Sequence[str],
    output: str,
    suffixes: Collection[str],
    form: str | None = None,
    *,
    several: bool = False,
    pictures: Collection[str] = (),
) -> Jobs:
    """A job for each file (see `find_inputs`) that becomes a mesh.

    output: of one file, the file to write; or a folder, where it is one already, ends in a slash, or there is more than one
    file or a search: then a mesh is named after its input, below the folder as the input is below what was named.
    form: of the meshes in a folder, as a suffix without its point; that of a file is told by its own name. several: whether
    each file becomes several meshes, with a number each. pictures: suffixes of files that are passed over where a search has
    found others, too, which they probably show.

    Raises FileError where an input is missing, or where an output is an input or another's output.
    """
    into_folder = output.endswith(_SLASHES) or os.path.isdir(output) or not is_one_file(given)
    if not into_folder:
        destination = Path(output)
        _check_format(destination, form)
        job = Job(Path(given[0]), destination, several=several)
        _check_inputs_stay((job,))
        return Jobs((job,), alone=True)
    folder = Path(output)
    found = find_inputs(given, suffixes, leave_out=folder)
    files = _without_pictures(found.files, {Path(text) for text in given}, pictures)
    if not output.endswith(_SLASHES):
        _check_folder(folder)
    jobs = tuple(Job(item.path, _place(item, folder, form or _FORMAT), several=several) for item in files)
    _check_names(jobs)
    _check_inputs_stay(jobs)
    return Jobs(jobs, is_one_file(given), folder, found.passed_over, len(found.files) - len(files))


def _without_pictures(files: Sequence[Input], named: Collection[Path], pictures: Collection[str]) -> Sequence[Input]:
    """The files without the pictures that were not named, unless all that were not are pictures."""
    shapes = [item for item in files if item.path in named or item.path.suffix.lower() not in pictures]
    return shapes if any(item.path not in named for item in shapes) else files


def plan_merged(
    given: Sequence[str], output: str, suffixes: Collection[str], form: str | None = None, *, several: bool = False
) -> Jobs:
    """One job for all files (see `find_inputs`), which become one mesh. Raises FileError as `plan_meshes` does."""
    if output.endswith(_SLASHES) or os.path.isdir(output):
        raise FileError(f"{output} is a folder, but the scans are merged to one mesh; name a file for it.")
    destination = Path(output)
    _check_format(destination, form)
    first, *others = [item.path for item in find_inputs(given, suffixes).files]
    job = Job(first, destination, tuple(others), several)
    _check_inputs_stay((job,))
    return Jobs((job,), alone=True)


def is_one_file(given: Sequence[str]) -> bool:
    """Whether one file is named, and not many, nor a folder or a pattern."""
    return len(given) == 1 and not is_search(given[0])


def _check_inputs_stay(jobs: Sequence[Job]) -> None:
    sources = [source for job in jobs for source in (job.source, *job.others)]
    check_apart([job.first for job in jobs if job.first is not None], sources)


def _place(item: Input, folder: Path, form: str) -> Path:
    return folder / item.name.with_suffix(f".{form}")


def _check_format(destination: Path, form: str | None) -> None:
    if form is not None and destination.suffix.lower() != f".{form}":
        raise FileError(f"{destination} does not end in .{form}, which --format asks for; name it so, or leave out --format.")


def _check_folder(folder: Path) -> None:
    """Raise FileError when the folder of results is a file, or its name promises one."""
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file, but several meshes are to be written; name a folder for them.")
    if not folder.exists() and folder.suffix.lower() in WRITERS:
        raise FileError(f"Several meshes are to be written, but {folder} is the name of one; name a folder (or add a slash).")


def _check_names(jobs: Sequence[Job]) -> None:
    """Raise FileError when two inputs would have one output; upper and lower case are one on some systems."""
    taken: dict[str, Job] = {}
    for job in jobs:
        other = taken.setdefault(str(job.destination).casefold(), job)
        if other is job:
            continue
        alike = other.source.parent == job.source.parent
        advice = "rename one of them" if alike else "name the folder in which both lie, and their own folders are kept"
        raise FileError(
            f"{other.source} and {job.source} would both become {job.destination}; {advice}, or choose by a pattern in quotes, "
            "such as '*.ply'."
        )
