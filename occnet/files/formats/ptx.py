"""PTX, the text of terrestrial scanners: scans in rows and columns, each with the place of the scanner and a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, byte_colors
from occnet.files.opening import read_bytes
from occnet.files.tables import is_number, lines_of, parse_table, parse_whole_numbers

HEAD = 10  # lines above the points of a scan: columns, rows, position, three axes, four rows of the matrix
WITH_COLORS = 7  # x y z intensity red green blue


@dataclass(frozen=True, eq=False)
class _Scan:
    points: NDArray[np.float64]  # (N, 3) in the frame of the file
    colors: NDArray[np.float64] | None  # (N, 3)
    sensor: NDArray[np.float64]  # (3,)
    missing: int  # pixels without a measurement


def read_ptx(path: Path) -> Contents:
    """The points of all scans of a .ptx file in one frame, with the place of the scanner for each, and colours.

    Pixels without a measurement (0 0 0) are left out, which the notes say. Raises FileError that names the first bad line.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    lines = lines_of(text)
    kept = [number for number, line in enumerate(lines, start=1) if line.strip()]
    lines = [lines[number - 1] for number in kept]
    scans: list[_Scan] = []
    start = 0
    while start < len(lines) or not scans:
        scan, start = _scan(lines, kept, start, path)
        scans.append(scan)
    points = np.concatenate([scan.points for scan in scans])
    colors = [scan.colors for scan in scans if scan.colors is not None]
    notes = [f"Its {len(scans)} scans are read as one."] if len(scans) > 1 else []
    missing = sum(scan.missing for scan in scans)
    if missing:
        notes.append(f"{missing:,} of its {missing + len(points):,} pixels have no measurement and are left out.")
    return Contents(
        points,
        colors=byte_colors(np.concatenate(colors)) if len(colors) == len(scans) else None,
        sensors=np.concatenate([np.tile(scan.sensor, (len(scan.points), 1)) for scan in scans]),
        notes=tuple(notes),
    )


def _scan(lines: Sequence[str], numbers: Sequence[int], start: int, path: Path) -> tuple[_Scan, int]:
    """The scan that begins with a line, and the line behind it."""
    head = lines[start : start + HEAD]
    if len(head) < HEAD or not all(len(line.split()) == 1 for line in head[:2]):
        where = f", line {numbers[start]}," if start < len(lines) else ""
        raise FileError(
            f"{path}{where} has no PTX header (columns, rows, position, axes, a 4 x 4 matrix: ten lines); export it again."
        )
    columns, rows = (parse_whole_numbers(line.split(), path, numbers[start + place])[0] for place, line in enumerate(head[:2]))
    matrix = parse_table(head[6:], range(4), path, numbers[start + 6 : start + HEAD])
    first = start + HEAD
    end = first + columns * rows
    if columns < 1 or rows < 1 or end > len(lines):
        raise FileError(
            f"{path}, line {numbers[start]}: a scan of {columns} x {rows} points begins, but only {len(lines) - first} follow; "
            "it is cut off, copy it again."
        )
    if not np.array_equal(matrix[:, 3], [0.0, 0.0, 0.0, 1.0]):  # points are rows, so that the last row moves them
        raise FileError(f"{path}, line {numbers[start + 6]}: the matrix of this scan does not move points; export it again.")
    fields = lines[first].split()
    colored = len(fields) >= WITH_COLORS and all(map(is_number, fields))
    wanted = [0, 1, 2, 4, 5, 6] if colored else [0, 1, 2]
    table = parse_table(lines[first:end], wanted, path, numbers[first:end])
    seen = table[:, :3].any(axis=1)
    points = table[seen, :3] @ matrix[:3, :3] + matrix[3, :3]
    return _Scan(points, table[seen, 3:] if colored else None, matrix[3, :3], int(np.count_nonzero(~seen))), end
