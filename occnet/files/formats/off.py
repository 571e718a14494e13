"""OFF (also COFF, NOFF, CNOFF): read with comments anywhere and polygons of any size; written with 17 significant digits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, byte_colors
from occnet.files.opening import read_bytes
from occnet.files.polygons import fan_triangles
from occnet.files.tables import lines_of, parse_table, parse_whole_numbers, shown

_KEYWORD = re.compile(r"(?:ST)?(C?)(N?)OFF(?! *BINARY)")


def read_off(path: Path, with_faces: bool) -> Contents:
    """The vertices of an OFF file and, where with_faces asks for them, its faces, cut into triangles.

    Raises FileError when the file is no text OFF, promises more than it holds, or has a line that is not as it should be.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    numbers, lines = [], []
    for number, line in enumerate(lines_of(text), start=1):
        line = line.split("#", 1)[0].strip()
        if line:
            numbers.append(number)
            lines.append(line)
    keyword = _KEYWORD.match(lines[0]) if lines else None
    if keyword is None:
        raise FileError(f"{path} does not begin with the word 'OFF', so it is no OFF file; give it the suffix of what it is.")
    rest = lines[0][keyword.end() :].strip()  # the counts may stand behind the word
    start = 0 if rest else 1
    counts = (rest or "".join(lines[1:2])).split()
    if len(counts) < 2 or not all(re.fullmatch(r"[0-9]{1,15}", count) for count in counts[:2]):
        raise FileError(f"{path} lacks the line with the numbers of vertices and faces behind 'OFF'; export it again.")
    vertex_count, face_count = int(counts[0]), int(counts[1])
    body, body_numbers = lines[start + 1 :], numbers[start + 1 :]
    if vertex_count + (face_count if with_faces else 0) > len(body):
        raise FileError(
            f"{path} promises {vertex_count} vertices and {face_count} faces, but has only {len(body)} lines of them."
        )
    has_colors, has_normals = bool(keyword[1]), bool(keyword[2])
    columns = 3 + 3 * has_normals + 3 * has_colors
    table = parse_table(body[:vertex_count], range(columns), path, body_numbers[:vertex_count])
    faces = None
    if with_faces:
        end = vertex_count + face_count
        faces = _triangles(body[vertex_count:end], body_numbers[vertex_count:end], path)
    return Contents(
        points=table[:, :3],
        faces=faces,
        normals=table[:, 3:6] if has_normals else None,
        colors=_colors(table[:, -3:], body[:vertex_count], columns) if has_colors else None,
    )


def write_off(path: Path, contents: Contents) -> None:
    """Nothing; writes OFF, or COFF where there are colours; normals are left out, for they follow from the faces."""
    faces = np.empty((0, 3), np.int64) if contents.faces is None else contents.faces
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write(f"{'OFF' if contents.colors is None else 'COFF'}\n{len(contents.points)} {len(faces)} 0\n")
        if contents.colors is None:
            np.savetxt(file, contents.points, fmt="%.17g")
        else:
            np.savetxt(file, np.hstack([contents.points, contents.colors]), fmt="%.17g %.17g %.17g %d %d %d 255")
        np.savetxt(file, faces, fmt="3 %d %d %d")


def _triangles(lines: list[str], numbers: list[int], path: Path) -> NDArray[np.int64]:
    sizes, corners = [], []
    for line, number in zip(lines, numbers, strict=True):
        fields = line.split()
        size = parse_whole_numbers(fields[:1], path, number)[0]
        if size < 3 or size >= len(fields):
            raise FileError(
                f"{path}, line {number}: expected a number of corners >= 3 and that many indices, not {shown(line)}."
            )
        sizes.append(size)
        corners += parse_whole_numbers(fields[1 : size + 1], path, number)
    return fan_triangles(np.array(sizes, np.int64), np.array(corners, np.int64))


def _colors(values: NDArray[np.float64], lines: list[str], columns: int) -> NDArray[np.uint8] | None:
    whole = np.isfinite(values).all() and not any("." in text for text in " ".join(lines[:1]).split()[columns - 3 : columns])
    return byte_colors(values.astype(np.int64) if whole else values)
