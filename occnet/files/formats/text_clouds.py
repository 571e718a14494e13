"""Point clouds as text, one point a line: .xyz, .txt, .csv, .asc, .pts, whatever the delimiter and the header."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, byte_colors
from occnet.files.opening import read_bytes
from occnet.files.tables import is_number, lines_of, parse_table

COMMENT = re.compile(r"#|//")
POSITION, NORMAL, COLOR = ("x", "y", "z"), ("nx", "ny", "nz"), ("red", "green", "blue")
_UNIT = 0.01  # by how much the length of a normal written with two decimals may differ from 1
OTHER_NAMES = {"r": "red", "g": "green", "b": "blue", "normalx": "nx", "normaly": "ny", "normalz": "nz"}


@dataclass(frozen=True)
class Layout:
    """How the numbers of a line are parted: by a delimiter (None: white space), with a decimal point or comma."""

    delimiter: str | None
    decimal_comma: bool

    def fields(self, line: str) -> list[str]:
        return [text.strip() for text in self.prepared(line).split(self.delimiter)]

    def prepared(self, line: str) -> str:
        return line.replace(",", ".") if self.decimal_comma else line


LAYOUTS = [
    Layout(delimiter, comma)
    for comma in (False, True)
    for delimiter in (";", "\t", ",", None)
    if not (comma and delimiter == ",")
]


def read_text_cloud(path: Path) -> Contents:
    """The points of a text file with at least three numbers a line.

    Comments (# or //) and one line of column names may come first; where the names say so, x, y and z are taken from their
    columns and normals (nx ny nz) and colours (red green blue, 0..255) are read. Without names the first three columns count;
    of six, the last three are normals if every row of them has length 1 and some number is negative, as in colours none is.
    Other columns are not guessed at. A first line with one whole number is a number of points, and has to be right.

    Raises FileError that names the first line which does not fit.
    """
    text = _decoded(read_bytes(path), path)
    numbers, lines, names = [], [], []
    for number, line in enumerate(lines_of(text), start=1):
        content, *comment = COMMENT.split(line, maxsplit=1)
        if content.strip():
            numbers.append(number)
            lines.append(content)
        elif comment and not lines:
            names = _names(comment[0]) or names
    promised = _promised_count(lines)
    start = 0 if promised is None else 1
    found = _layout(lines[start], names) if len(lines) > start else None
    if found is None and len(lines) > start + 1:  # not a point: then it may be the line of names
        names = _names(lines[start]) or names
        start += 1
        found = _layout(lines[start], names)
    if found is None:
        line = f", line {numbers[min(start, len(lines) - 1)]}," if lines else ""
        raise FileError(f"{path}{line} has no line with three numbers (x y z), so it is no point cloud; give one point a line.")
    layout, position = found
    lines, numbers = [layout.prepared(line) for line in lines[start:]], numbers[start:]
    if promised is not None and promised != len(lines):
        raise FileError(
            f"{path} promises {promised} points in its first line, but has {len(lines)}; it is cut off, copy it again."
        )

    def table(wanted: list[int]) -> NDArray[np.float64]:
        return parse_table(lines, wanted, path, numbers, layout.delimiter)

    columns = layout.fields(lines[0])
    if len(names) != len(columns):
        return _with_unnamed_normals(table) if _could_be_normals(columns) else Contents(table(position))
    normal, color = ([names.index(name) for name in wanted if name in names] for wanted in (NORMAL, COLOR))
    return Contents(
        table(position),
        normals=table(normal) if len(normal) == 3 else None,
        colors=_whole_colors(table(color)) if len(color) == 3 else None,
    )


def write_text_cloud(path: Path, contents: Contents) -> None:
    """Nothing; writes 17 significant digits, with commas and a line of names for .csv, else with spaces.

    Where there are normals or colours a first comment line names the columns.
    """
    delimiter = "," if path.suffix.lower() == ".csv" else " "
    blocks, names, formats = [contents.points], list(POSITION), ["%.17g"] * 3
    if contents.normals is not None:
        blocks, names, formats = [*blocks, contents.normals], [*names, *NORMAL], [*formats, *["%.17g"] * 3]
    if contents.colors is not None:
        blocks, names, formats = [*blocks, contents.colors], [*names, *COLOR], [*formats, *["%d"] * 3]
    with open(path, "w", encoding="ascii", newline="\n") as file:
        if delimiter == "," or len(blocks) > 1:
            file.write(("" if delimiter == "," else "# ") + delimiter.join(names) + "\n")
        np.savetxt(file, np.hstack(blocks), fmt=delimiter.join(formats))


def _could_be_normals(columns: list[str]) -> bool:
    return len(columns) == 6 and all(map(is_number, columns)) and _are_unit(np.array([columns[3:]], dtype=np.float64))


def _with_unnamed_normals(table: Callable[[list[int]], NDArray[np.float64]]) -> Contents:
    try:
        points, values = np.split(table([0, 1, 2, 3, 4, 5]), 2, axis=1)
    except FileError:  # some line has no such columns: then only the first three are promised
        return Contents(table([0, 1, 2]))
    return Contents(points, normals=values if _are_unit(values) and (values < 0.0).any() else None)


def _are_unit(values: NDArray[np.float64]) -> bool:
    return bool((np.abs(np.linalg.norm(values, axis=1) - 1.0) < _UNIT).all())


def _whole_colors(values: NDArray[np.float64]) -> NDArray[np.uint8] | None:
    return byte_colors(values.astype(np.int64)) if (np.isfinite(values) & (values == np.floor(values))).all() else None


def _decoded(data: bytes, path: Path) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise FileError(f"{path} is binary, not text with one point a line; give it the suffix of what it is.")
    return data.decode("utf-8-sig", errors="replace")


def _layout(line: str, names: list[str]) -> tuple[Layout, list[int]] | None:
    """The first way to part the line that gives numbers for x, y and z, and their columns; None when there is none."""
    for layout in LAYOUTS:
        fields = layout.fields(line)
        position = [names.index(name) for name in POSITION] if len(names) == len(fields) else [0, 1, 2]
        if len(fields) >= 3 and all(is_number(fields[column]) for column in position):
            return layout, position
    return None


def _names(line: str) -> list[str]:
    """The column names in a line, in lower case and one spelling ("Normal_X" is "nx"), where x, y and z are among them."""
    words = [re.sub(r"[^a-z0-9]", "", word) for word in re.split(r"[\s,;]+", line.strip().lower())]
    names = [OTHER_NAMES.get(word, word) for word in words if word]
    return names if set(POSITION) <= set(names) else []


def _promised_count(lines: list[str]) -> int | None:
    if len(lines) > 1 and re.fullmatch(r"\s*[0-9]{1,15}\s*", lines[0]):
        return int(lines[0])
    return None
