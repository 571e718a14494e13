"""OBJ: positions, colours behind them, and faces by position; written with 17 significant digits.

Own code, because trimesh splits vertices where texture coordinates or normals differ (a closed mesh reads as an open one) and
counts negative indices from the end of the file instead of from the line they stand in. Materials and what they refer to are
not looked at, so that no other file is ever opened.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, byte_colors
from occnet.files.opening import read_bytes
from occnet.files.polygons import fan_triangles
from occnet.files.tables import parse_table, shown

_CORNER = re.compile(r"([-+]?[0-9]{1,18})(?:/[-+]?[0-9]*){0,2}")  # position, position/texture/normal, position//normal


def read_obj(path: Path, with_faces: bool) -> Contents:
    """The positions of an OBJ file and, where with_faces asks for them, its faces, cut into triangles.

    Curves, surfaces, lines, groups and materials are passed over. Raises FileError that names the first bad line.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    vertices: list[str] = []
    vertex_numbers: list[int] = []
    faces: list[tuple[int, int, str]] = []  # line number, vertices so far (for negative indices), corners
    pieces: list[str] = []  # of a statement that goes on in the next line
    for number, line in enumerate([*re.split(r"\r\n|\n|\r", text), ""], start=1):
        line = line.strip()
        if line.endswith("\\"):
            pieces.append(line[:-1])
            continue
        if pieces:
            line = " ".join([*pieces, line]).strip()
            pieces = []
        keyword, _, rest = line.replace("\t", " ").partition(" ")
        if keyword == "v":
            vertices.append(rest.split("#", 1)[0])
            vertex_numbers.append(number)
        elif keyword in ("f", "fo") and with_faces:  # fo is the face of the first version
            faces.append((number, len(vertices), rest))
    if not vertices:
        raise FileError(f"{path} has no vertices (lines that begin with 'v'); export it with geometry.")
    return Contents(
        points=parse_table(vertices, range(3), path, vertex_numbers),
        faces=_triangles(faces, len(vertices), path) if with_faces else None,
        colors=_colors(vertices, path, vertex_numbers),
    )


def write_obj(path: Path, contents: Contents) -> None:
    """Nothing; writes positions with colours behind them, normals by the index of their vertex, and faces."""
    with open(path, "w", encoding="ascii", newline="\n") as file:
        if contents.colors is None:
            np.savetxt(file, contents.points, fmt="v %.17g %.17g %.17g")
        else:
            rows = np.hstack([contents.points, contents.colors / 255.0])
            np.savetxt(file, rows, fmt="v %.17g %.17g %.17g %.6f %.6f %.6f")
        if contents.normals is not None:
            np.savetxt(file, contents.normals, fmt="vn %.17g %.17g %.17g")
        if contents.faces is not None:
            corners = np.repeat(contents.faces + 1, 1 if contents.normals is None else 2, axis=1)
            np.savetxt(file, corners, fmt="f %d %d %d" if contents.normals is None else "f %d//%d %d//%d %d//%d")


def _triangles(faces: list[tuple[int, int, str]], vertex_count: int, path: Path) -> NDArray[np.int64]:
    sizes, corners = [], []
    for number, vertices_so_far, text in faces:
        matches = [_CORNER.fullmatch(field) for field in text.split("#", 1)[0].split()]
        indices = [int(match[1]) for match in matches if match]
        if len(indices) < 3 or len(indices) < len(matches):
            raise FileError(f"{path}, line {number}: expected a face with three or more corners, but found {shown(text)}.")
        # from 1 at the start of the file, or from -1 at the last vertex above this line
        resolved = [index - 1 if index > 0 else vertices_so_far + index for index in indices]
        if 0 in indices or min(resolved) < 0 or max(resolved) >= vertex_count:
            raise FileError(
                f"{path}, line {number}: the face {shown(text)} names a vertex that is not among the {vertex_count}."
            )
        sizes.append(len(resolved))
        corners += resolved
    return fan_triangles(np.array(sizes, np.int64), np.array(corners, np.int64))


def _colors(vertices: list[str], path: Path, numbers: list[int]) -> NDArray[np.uint8] | None:
    if len(vertices[0].split()) < 6 or any(len(line.split()) < 6 for line in vertices):
        return None
    return byte_colors(parse_table(vertices, range(3, 6), path, numbers))
