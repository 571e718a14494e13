"""How much memory a file may fill once it is read: a small one may unpack to a thousand times its size."""

from __future__ import annotations

import os
from pathlib import Path

from occnet.errors import FileError, OccnetError

LIMIT = 2  # GiB of numbers, in the form in which they are computed with; 89 million points, or 44 million with normals
VARIABLE = "OCCNET_READ_LIMIT"  # of the environment: another limit, in GiB


def read_limit() -> float:
    """The limit in GiB. Raises OccnetError when the variable of the environment is no positive number."""
    text = os.environ.get(VARIABLE, str(LIMIT))
    try:
        limit = float(text)
    except ValueError:
        limit = 0.0
    if not limit > 0.0:
        raise OccnetError(f"The environment variable {VARIABLE} is {text!r}, but must be a number of GiB above 0; correct it.")
    return limit


def check_size(size: int, path: Path, what: str = "its contents") -> None:
    """Raise FileError when so many bytes are more than may be filled; called before they are.

    what: what takes them, "its voxels" for example.
    """
    limit = read_limit()
    if size > limit * (1 << 30):
        raise FileError(
            f"{path} would fill {size / (1 << 30):,.1f} GiB of memory with {what}, more than the {limit:g} that are allowed; "
            f"set the environment variable {VARIABLE} to more GiB, or make the file smaller."
        )
