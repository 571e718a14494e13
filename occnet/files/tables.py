"""Text to numbers, strictly: every token is a number or the line is named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.limits import check_size

LINE_END = re.compile(r"\r\n|\n|\r")
_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")


def lines_of(text: str) -> list[str]:
    """The lines of a text, which end as files of any system end them.

    `str.splitlines` also parts at characters of Unicode, of which U+0085 is a byte of "Å" where UTF-8 is read as Latin-1.
    """
    lines = LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def parse_table(
    lines: Sequence[str], columns: Sequence[int], path: Path, numbers: Sequence[int], delimiter: str | None = None
) -> NDArray[np.float64]:
    """The given columns of lines, (len(lines), len(columns)) float64; further columns are not looked at.

    numbers: the line number in the file for each line, for messages. delimiter: None for any white space.
    Raises FileError that names the first line which lacks a column or has something else than a number there.
    """
    if not len(lines):
        return np.empty((0, len(columns)))
    check_size(8 * len(lines) * len(columns), path, "its numbers")
    if not all(map(str.strip, lines)):  # loadtxt would skip the blank ones
        raise _error_at_first_bad_line(lines, columns, path, numbers, delimiter)
    try:
        table = np.loadtxt(lines, dtype=np.float64, comments=None, delimiter=delimiter, usecols=columns, ndmin=2)
    except ValueError as error:
        raise _error_at_first_bad_line(lines, columns, path, numbers, delimiter) from error
    return table


def parse_whole_numbers(fields: Sequence[str], path: Path, number: int) -> list[int]:
    """The fields of one line as whole numbers; raises FileError that names the line when one is not, or is absurdly large."""
    if not all(_WHOLE_NUMBER.fullmatch(text) for text in fields):
        raise FileError(
            f"{path}, line {number}: expected whole numbers, but found {shown(' '.join(fields))}; correct the line."
        )
    return [int(text) for text in fields]


def is_number(text: str) -> bool:
    """Whether text is one decimal number in the same strict sense (no 1_000, no 0x10)."""
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text


def _error_at_first_bad_line(
    lines: Sequence[str], columns: Sequence[int], path: Path, numbers: Sequence[int], delimiter: str | None
) -> FileError:
    for line, number in zip(lines, numbers, strict=True):
        fields = line.split(delimiter)
        if len(fields) <= max(columns) or not all(is_number(fields[column]) for column in columns):
            return FileError(f"{path}, line {number}: expected {_wanted(columns)}, but found {shown(line)}; correct the line.")
    return FileError(f"{path} holds numbers that cannot be read; export it again.")


def _wanted(columns: Sequence[int]) -> str:
    last = max(columns) + 1
    return f"{last} numbers" if len(columns) == last else f"at least {last} columns with numbers"


def shown(line: str) -> str:
    """The line quoted for a message, shortened when it is long."""
    text = line.strip()
    return repr(text if len(text) <= 40 else text[:40] + "...")
