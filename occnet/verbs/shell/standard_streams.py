"""Standard input and output in place of files: `-` on the command line."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from occnet.errors import OccnetError

if TYPE_CHECKING:
    from occnet.pipeline.many.jobs import Job

STREAM = "-"
_INPUT, _OUTPUT = "standard input", "standard output"  # for messages
_FORMAT = "ply"  # of standard output, where none is named


@contextmanager
def input_as_file(given: Sequence[str], input_format: str | None) -> Iterator[Sequence[str]]:
    """What is given, with the name of a file in place of `-` that has the contents of standard input until the block ends.

    Errors that tell of that file tell of standard input. Raises OccnetError where `-` is not alone or has no format.
    """
    if STREAM not in given:
        if input_format is not None:
            raise OccnetError("--input-format is for standard input; write - in place of a file, or leave it out.")
        yield given
        return
    if len(given) > 1:
        raise OccnetError("Standard input, -, is one file and goes with no other; give it alone.")
    if input_format is None:
        raise OccnetError("Standard input, -, has no suffix that tells what it is; add --input-format ply, or what it is.")
    with tempfile.TemporaryDirectory(prefix="occnet-") as folder:
        path = Path(folder) / f"input.{input_format.lower().lstrip('.')}"
        with open(path, "wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        with _called(path, _INPUT):
            yield [str(path)]


@contextmanager
def output_as_file(output: str, form: str | None, as_json: bool) -> Iterator[str]:
    """The name of a file in place of `-`, whose contents go to standard output once the block ends without an error."""
    if output != STREAM:
        yield output
        return
    if as_json:
        raise OccnetError("Standard output cannot hold both the mesh (-o -) and --json; write the mesh to a file.")
    if sys.stdout.isatty():
        raise OccnetError(
            "Standard output is a terminal, which shows no meshes; send it to a file or a program, or name a file."
        )
    with tempfile.TemporaryDirectory(prefix="occnet-") as folder:
        path = Path(folder) / f"output.{form or _FORMAT}"
        with _called(path, _OUTPUT):
            yield str(path)
        if path.exists():
            with open(path, "rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()


def as_named(job: Job, given: Sequence[str], output: str | None = None) -> Job:
    """The only job of a command by the names that its user knows, in place of those of temporary files."""
    return replace(job, source=Path(given[0]), destination=Path(_OUTPUT) if output == STREAM else job.destination)


def text_stream(output: str) -> TextIO:
    """Where text belongs: on standard output, or beside it, where that is the mesh."""
    return sys.stderr if output == STREAM else sys.stdout


@contextmanager
def _called(path: Path, name: str) -> Iterator[None]:
    """Let errors call a file by another name."""
    try:
        yield
    except OccnetError as problem:
        raise type(problem)(str(problem).replace(str(path), name)) from problem
