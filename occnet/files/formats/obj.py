"""OBJ: positions, colours behind them, and faces by position; written with 17 significant digits.

Own code, because trimesh splits vertices where texture coordinates or normals differ (a closed mesh reads as an open one) and
counts negative indices from the end of the file instead of from the line they stand in. Materials are looked at only where
colours are asked for; then the .mtl files and textures beside the file are opened, and no others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, byte_colors
from occnet.files.formats.obj_materials import light_of_faces, read_materials
from occnet.files.limits import check_size
from occnet.files.material_colors import painted_contents
from occnet.files.opening import read_bytes
from occnet.files.polygons import fan_triangles
from occnet.files.tables import lines_of, parse_table, shown

_CORNER = re.compile(r"([-+]?[0-9]{1,18})(?:/([-+]?[0-9]*)(?:/[-+]?[0-9]*)?)?")  # position, position/texture/normal, ...


@dataclass(frozen=True)
class _Materials:
    """What an OBJ file says of its colours."""

    places: list[str]  # in textures
    places_so_far: list[int]  # at each face
    used: list[tuple[int, str]]  # from which face on, and the material's name
    libraries: list[str]  # .mtl files


def read_obj(path: Path, with_faces: bool, paint: bool = False) -> Contents:
    """The positions of an OBJ file and, where with_faces asks for them, its faces, cut into triangles.

    paint: with the colours of materials and textures, too; vertices of several colours then come several times.

    Curves, surfaces, lines and groups are passed over. Raises FileError that names the first bad line.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    vertices: list[str] = []
    vertex_numbers: list[int] = []
    faces: list[tuple[int, int, str]] = []  # line number, vertices so far (for negative indices), corners
    materials = _Materials([], [], [], [])
    pieces: list[str] = []  # of a statement that goes on in the next line
    for number, line in enumerate([*lines_of(text), ""], start=1):
        line = line.strip()
        if line.endswith("\\") and "#" not in line:  # a comment may end in a folder of Windows
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
            materials.places_so_far.append(len(materials.places))
        elif keyword == "vt":
            materials.places.append(rest)
        elif keyword == "usemtl":
            materials.used.append((len(faces), rest.strip()))
        elif keyword == "mtllib":
            materials.libraries.append(rest)
    if not vertices:
        raise FileError(f"{path} has no vertices (lines that begin with 'v'); export it with geometry.")
    points = parse_table(vertices, range(3), path, vertex_numbers)
    colors = _colors(vertices, path, vertex_numbers)
    if not with_faces:
        return Contents(points, colors=colors)
    sizes, corners, places = _corners(faces, len(vertices), path)
    check_size(24 * len(corners), path, "its faces")
    order = fan_triangles(sizes, np.arange(len(corners)))
    if paint and colors is None and materials.used:
        light = _light(path, materials, sizes, places, order)
        return painted_contents(points, corners[order], light)
    return Contents(points, corners[order], colors=colors)


def write_obj(path: Path, contents: Contents) -> None:
    """Write positions with colours behind them, normals by the index of their vertex, and faces."""
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


def _corners(
    faces: list[tuple[int, int, str]], vertex_count: int, path: Path
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """How many corners each face has, the vertex of each corner, and the text that names its place in textures."""
    sizes, corners, places = [], [], []
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
        places += [match[2] or "" for match in matches if match]
    return np.array(sizes, np.int64), np.array(corners, np.int64), places


def _light(
    path: Path, materials: _Materials, sizes: NDArray[np.int64], named: list[str], order: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Linear RGB at the corners of the triangles, (F, 3, 3). order: (F, 3) the corners of the file that they have."""
    try:
        places = np.array([[float(word) for word in row.split()[:2]] for row in materials.places]).reshape(-1, 2)
    except ValueError:
        places = np.zeros((0, 2))
    so_far = np.repeat(np.array(materials.places_so_far, np.int64), sizes)
    index = np.array([int(text) if 0 < len(text.lstrip("+-")) < 19 else 0 for text in named], np.int64)
    index = np.where(index > 0, index - 1, np.where(index < 0, so_far + index, -1))
    index[(index < 0) | (index >= len(places))] = -1
    begins = [0, *(first for first, _ in materials.used), len(sizes)]
    names = ["", *(name for _, name in materials.used)]
    of_face = [name for name, first, last in zip(names, begins, begins[1:], strict=False) for _ in range(last - first)]
    of_triangle = np.repeat(np.array(of_face, dtype=object), sizes - 2)
    return light_of_faces(of_triangle.tolist(), read_materials(path.parent, materials.libraries), places, index[order])


def _colors(vertices: list[str], path: Path, numbers: list[int]) -> NDArray[np.uint8] | None:
    if len(vertices[0].split()) < 6 or any(len(line.split()) < 6 for line in vertices):
        return None
    return byte_colors(parse_table(vertices, range(3, 6), path, numbers))
