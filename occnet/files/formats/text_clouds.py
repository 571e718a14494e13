"""Point clouds as text, one point a line: .xyz, .txt, .csv, .asc, .pts, whatever the delimiter and the header."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.columns import ANGLES, COLOR, NORMAL, POSITION, places_of, plain
from occnet.files.contents import Contents, byte_colors, normals_or_colors
from occnet.files.formats.text_header import names_of, without_quotes
from occnet.files.opening import read_bytes
from occnet.files.tables import is_number, lines_of, parse_table, shown

_COUNT = re.compile(r"\s*[0-9]{1,15}\s*")
COMMENT = re.compile(r"#|//")
FEWEST_COUNTED = 32  # rows from which on a column that counts them is no coordinate
LONGEST_HEAD = 50  # lines above the first point
PTS_COLUMNS = 7  # x y z intensity red green blue


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


@dataclass(frozen=True)
class _Head:
    """What stands above the points."""

    size: int  # lines
    promised: int | None  # points
    header: str | None  # the line above the first point, as it stands in the file
    comments: Sequence[str]


def read_text_cloud(path: Path) -> Contents:
    """The points of a text file with at least three numbers a line.

    Comments (# or //) and a line of column names may come first. Where the names say so, x, y and z (or easting, northing and
    elevation) are taken from their columns, whatever parts them, and normals (nx ny nz) and colours (red green blue) are read.
    Without names the first three columns count, or the three behind a column that counts the points. Three further columns are
    normals or colours where they can be nothing else; of .pts, the last three of seven are colours. Other columns are not
    guessed at. A first line with one whole number is a number of points, and has to be right.

    Raises FileError that names the first line which does not fit, or quotes the names which are not understood.
    """
    text = _decoded(read_bytes(path), path)
    numbers, lines, originals, comments = [], [], [], []
    for number, line in enumerate(lines_of(text), start=1):
        line = without_quotes(line) if '"' in line else line
        content, *comment = COMMENT.split(line, maxsplit=1)
        if content.strip():
            numbers.append(number)
            lines.append(content)
            if len(lines) <= LONGEST_HEAD:
                originals.append(line)
        elif comment and len(lines) < LONGEST_HEAD:
            comments.append(line)
    head = _head(lines, originals, comments)
    if head is None:
        line = f", line {numbers[min(1, len(lines) - 1)]}," if lines else ""
        raise FileError(f"{path}{line} has no line with three numbers (x y z), so it is no point cloud; give one point a line.")
    layout, names = _layout(lines[head.size], head, path, numbers)
    lines, numbers = [layout.prepared(line) for line in lines[head.size :]], numbers[head.size :]
    is_pts = path.suffix.lower() == ".pts"
    if head.promised is not None and is_pts:
        lines, numbers = _in_one(lines, numbers, head.promised, path)
    elif head.promised is not None and head.promised != len(lines):
        raise _miscounted(path, head.promised, len(lines))

    def table(wanted: Sequence[int]) -> NDArray[np.float64]:
        return parse_table(lines, wanted, path, numbers, layout.delimiter)

    fields = layout.fields(lines[0])
    if names is None or len(names) < len(fields):
        return _unnamed(table, fields, is_pts)
    position, normal, color = (places_of(names, wanted) for wanted in (POSITION, NORMAL, COLOR))
    return Contents(
        table(position or [0, 1, 2]),
        normals=None if normal is None else table(normal),
        colors=None if color is None else _colors(table(color), [fields[place] for place in color]),
    )


def write_text_cloud(path: Path, contents: Contents) -> None:
    """Write 17 significant digits, with commas and a line of names for .csv, else with spaces.

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


def _head(lines: Sequence[str], originals: Sequence[str], comments: Sequence[str]) -> _Head | None:
    """What stands above the first line with three numbers; None when there is none near the top."""
    promised = None
    start = 0
    if len(lines) > 1 and _COUNT.fullmatch(lines[0]):
        promised, start = int(lines[0]), 1
    for size in range(start, min(len(lines), LONGEST_HEAD)):
        if any(True for _ in _layouts(lines[size])):
            return _Head(size, promised, originals[size - 1] if size > start else None, comments)
    return None


def _layouts(line: str) -> Iterator[tuple[Layout, list[str]]]:
    """The ways to part a line in which it has three numbers, and its fields."""
    for layout in LAYOUTS:
        fields = layout.fields(line)
        if sum(map(is_number, fields)) >= 3:
            yield layout, fields


def _layout(line: str, head: _Head, path: Path, numbers: Sequence[int]) -> tuple[Layout, list[str] | None]:
    """How the first point's line is parted, and the names of its columns where they are known."""
    headers = [head.header] if head.header is not None else [*reversed(head.comments)]
    columns = 0
    for layout, fields in _layouts(line):
        columns = columns or len(fields)
        for header in headers:
            names = names_of(header, len(fields), layout.delimiter)
            if names is not None and all(is_number(fields[place]) for place in places_of(names, POSITION) or [0]):
                return layout, names
    if head.header is not None:
        why = f"does not tell which of the {columns} columns below it are x, y and z; name them so"
        if ANGLES & {plain(word) for word in re.split(r"[\s,;|]+", head.header)}:
            why = "gives angles, which are no lengths; project the points to metres first"
        raise FileError(f"{path}, line {numbers[head.size - 1]}: the header {shown(head.header)} {why}.")
    for layout, fields in _layouts(line):
        if all(map(is_number, fields[:3])):
            return layout, None
    number = numbers[head.size]
    raise FileError(f"{path}, line {number}: {shown(line)} does not begin with x, y and z; name the columns in a line above.")


def _miscounted(path: Path, promised: int, found: int, where: str = "its first line") -> FileError:
    return FileError(f"{path} promises {promised} points in {where}, but has {found}; it is cut off, copy it again.")


def _in_one(lines: list[str], numbers: list[int], promised: int, path: Path) -> tuple[list[str], list[int]]:
    """The points of all scans in one .pts file, each of which has a line with its number of points above it."""
    kept: list[int] = []
    place, scans = 0, 1
    while True:
        end = place + promised
        kept += range(place, min(end, len(lines)))
        if end >= len(lines) or not _COUNT.fullmatch(lines[end]):
            break
        promised, place, scans = int(lines[end]), end + 1, scans + 1
    if end != len(lines):
        where = f"the first line of its scan {scans}" if scans > 1 else "its first line"
        raise _miscounted(path, promised, len(lines) - place, where)
    return [lines[index] for index in kept], [numbers[index] for index in kept]


def _unnamed(table: Callable[[Sequence[int]], NDArray[np.float64]], fields: list[str], is_pts: bool) -> Contents:
    """The points where no names are given, or x, y and z alone; fields: of the first of them."""
    while fields[-1] == "":
        fields.pop()
    are_numbers = [*map(is_number, fields)]
    first, notes = 0, []
    if len(fields) > 3 and all(are_numbers[:4]) and _counts(table([0])[:, 0]):
        first, notes = 1, ["Its first column counts the points; x, y and z are taken from the three behind it."]
    points = table([first, first + 1, first + 2])
    behind = len(fields) - first - 3
    if all(are_numbers) and (behind == 3 or (behind == PTS_COLUMNS - 3 and is_pts)):
        last = range(len(fields) - 3, len(fields))
        try:
            normals, colors = normals_or_colors(table(last))
        except FileError:  # some line has no such columns: then only the first three are promised
            normals = colors = None
        normals = normals if behind == 3 else None
        if normals is not None or colors is not None:
            what = "colours" if normals is None else "normals"
            notes.append(f"Its columns {last[0] + 1} to {last[-1] + 1}, which have no names, are read as {what}.")
        return Contents(points, normals=normals, colors=colors, notes=tuple(notes))
    return Contents(points, notes=tuple(notes))


def _counts(values: NDArray[np.float64]) -> bool:
    """Whether values are 0, 1, 2, ... or 1, 2, 3, ..."""
    return len(values) >= FEWEST_COUNTED and values[0] in (0.0, 1.0) and bool((np.diff(values) == 1.0).all())


def _colors(values: NDArray[np.float64], first: Sequence[str]) -> NDArray[np.uint8] | None:
    """Colours of the values; first: the first of them as text, in which 1.0 is all of a colour, and 1 next to nothing."""
    whole = np.isfinite(values).all() and (values == np.floor(values)).all() and "." not in "".join(first)
    return byte_colors(values.astype(np.int64) if whole else values)


def _decoded(data: bytes, path: Path) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise FileError(f"{path} is binary, not text with one point a line; give it the suffix of what it is.")
    return data.decode("utf-8-sig", errors="replace")
