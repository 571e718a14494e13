"""The errors that a user can meet. Each message is one sentence: what is wrong, where, and what to do next."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

_LONGEST_REASON = 120  # characters of what a library says
_NOT_THE_ITEM = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)  # a full disk, too many open files


class OccnetError(Exception):
    """Any expected failure. The command line prints its message alone and exits with code 2."""


class FileError(OccnetError):
    """A file is missing, unreadable, of an unknown format, or does not hold what its name promises."""


class CloudError(OccnetError):
    """A point cloud cannot be reconstructed: too few points, not finite, or degenerate."""


class MeshError(OccnetError):
    """A mesh cannot be used: empty, wrong indices, not finite, or not solid where a solid is needed."""


class PictureError(OccnetError):
    """A picture shows nothing that a solid could be made of, or not one thing alone."""


class EmptySurface(OccnetError):
    """A field has no surface inside the bounds at the resolution asked for."""


class PoorAgreement(OccnetError):
    """A mesh was made of a scan that it does not agree with, and a poor one was not wanted."""


class ModelError(OccnetError):
    """A model or checkpoint is missing, incomplete, or does not fit what is asked of it."""


class RecipeError(OccnetError):
    """A recipe has an unknown key, a wrong type or a value outside its range."""


class DatasetError(OccnetError):
    """A prepared dataset is missing, incomplete or damaged."""


class MissingLibrary(OccnetError):
    """An optional library is asked for that cannot be imported here: no fault of what it was to work on."""


class PluginError(OccnetError):
    """A name is unknown, or code from outside the package that was to add it cannot be run."""


@contextmanager
def failing_as(kind: type[OccnetError], item: str) -> Iterator[None]:
    """Turn whatever a library raises over one item into an error of this kind: one bad item never ends a batch.

    item: how the message names it. Errors of ours pass as they are, and so does what is no fault of the item: a full disk.
    """
    try:
        yield
    except OccnetError:
        raise
    except MemoryError as problem:
        raise kind(f"{item} takes more memory than there is; make it smaller.") from problem
    except RecursionError as problem:
        raise kind(f"{item} is nested too deep; make it flatter.") from problem
    except Exception as problem:
        if isinstance(problem, OSError) and problem.errno in _NOT_THE_ITEM:
            raise
        said = plainly(problem)
        raise kind(f"{item} is damaged, or has a form that is not known ({said}); copy or export it again.") from problem


def plainly(problem: BaseException) -> str:
    """What an error of a library or of the system says, in one short line."""
    if isinstance(problem, KeyError) and problem.args:
        return f"{problem.args[0]!r} is not in it"[:_LONGEST_REASON]
    said = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    lines = said.strip().splitlines()
    return lines[0][:_LONGEST_REASON] if lines else type(problem).__name__
