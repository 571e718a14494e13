"""The files of a prepared dataset beside its samples: what it is, and what its shards hold. What is damaged is named."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from occnet.errors import DatasetError, FileError, plainly
from occnet.files.formats.arrays import open_npy
from occnet.files.opening import exists, read_bytes

FORMAT = "occnet-dataset-1"
DESCRIPTION, NAMES, REPORT, CHECKSUMS = "dataset.json", "names.json", "report.json", "checksums.json"
_SHARD = re.compile(r"shard-(\d+)")

Kind = TypeVar("Kind")
Row = tuple[str, str, str]
"""Name, verdict ("solid", "repaired" or "rejected") and its reason of a shape that was to be in a shard."""


def read_description(dataset: Path) -> dict[str, Any]:
    """What `dataset.json` says. Raises DatasetError when it is damaged, or the folder is no dataset of this format."""
    path = dataset / DESCRIPTION
    if not exists(path, DatasetError):
        raise DatasetError(f"{dataset} is not a prepared dataset (no {DESCRIPTION} in it); make one with `occnet prepare`.")
    description = read_json(path, dict)
    if description.get("format") != FORMAT:
        raise DatasetError(
            f"{dataset} has format {description.get('format')!r}, but this version reads {FORMAT!r}; prepare it again."
        )
    return description


def finished_shards(split: Path) -> list[Path]:
    """The folders of a split's shards that are whole, in order."""
    found = [path for path in split.glob("shard-*") if _SHARD.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("shard-")))


def read_names(shard: Path) -> list[str]:
    """Names of the shapes in a shard, in order. Raises DatasetError when the file is missing or damaged."""
    path = shard / NAMES
    names = read_json(path, list)
    if not all(isinstance(name, str) for name in names):
        raise damaged(path, "it holds something else than names")
    return names


def read_report(shard: Path) -> list[Row]:
    """What became of each shape that was to be in a shard, in order. Raises DatasetError as read_names does."""
    path = shard / REPORT
    rows = read_json(path, list)
    for row in rows:
        if not isinstance(row, list) or len(row) != 3 or not all(isinstance(text, str) for text in row):
            raise damaged(path, "it holds something else than names, verdicts and reasons")
    return [(name, verdict, reason) for name, verdict, reason in rows]


def read_checksums(shard: Path) -> dict[str, str]:
    """The SHA-256 of each file of a shard, by its name. Raises DatasetError as read_names does."""
    path = shard / CHECKSUMS
    sums = read_json(path, dict)
    if not {NAMES, REPORT} <= sums.keys():
        raise damaged(path, f"it does not tell of {NAMES} and {REPORT}")
    return sums


def checksum(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mapped(path: Path) -> NDArray:
    """The array in a .npy file of a shard, mapped and not yet read.

    Raises FileNotFoundError when there is no such file, for some arrays are optional, and DatasetError when it is damaged.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        return open_npy(path)
    except FileError as problem:
        raise DatasetError(f"{path} is damaged; delete {path.parent} and run `occnet prepare` again.") from problem


def read_json(path: Path, kind: type[Kind]) -> Kind:
    """What a JSON file of a dataset says, a list or a dict. Raises DatasetError when it is missing, damaged, or the other."""
    try:
        value = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as problem:
        raise damaged(path, plainly(problem)) from problem
    except FileError as problem:
        raise DatasetError(f"{problem} `occnet info --verify` lists all that is missing of the dataset.") from problem
    if not isinstance(value, kind):
        raise damaged(path, "it holds no list" if kind is list else "it holds no table")
    return value


def damaged(path: Path, why: str) -> DatasetError:
    """The error of a file of a dataset that is damaged."""
    return DatasetError(f"{path} is damaged ({why}); copy it again, or delete {path.parent} and run `occnet prepare` again.")
