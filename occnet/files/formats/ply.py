"""PLY: read in all three encodings with polygons of any size; written as binary with double coordinates, bit for bit.

Own code, because trimesh writes single precision and refuses files that mix triangles with larger polygons.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.columns import COLOR, NORMAL, POSITION, places_of, plain
from occnet.files.contents import Contents, believed_sensor, byte_colors, stacked
from occnet.files.formats.ply_body import BinaryBody, TextBody
from occnet.files.formats.ply_header import Element, read_header
from occnet.files.limits import check_size
from occnet.files.opening import read_bytes
from occnet.files.polygons import fan_triangles

SENSOR = ("view_px", "view_py", "view_pz")
INDEX_NAMES = ("vertex_indices", "vertex_index")  # both are in use


def read_ply(path: Path, with_faces: bool) -> Contents:
    """The vertices of a PLY file and, where with_faces asks for them, its faces, cut into triangles.

    Normals and colours have the names of many programs (nx, normal_x; red, diffuse_red, r), colours any type. A camera that
    follows the vertices, as the Point Cloud Library writes it, is where a cloud was measured from.
    Raises FileError when the file is no PLY, or damaged up to where it is read.
    """
    data = read_bytes(path)
    header = read_header(data, path)
    body = (TextBody if header.is_text else BinaryBody)(data, header, path)
    vertices: dict[str, NDArray] = {}
    faces = np.empty((0, 3), np.int64) if with_faces else None
    wanted = {"vertex", "face"} if with_faces else {"vertex"}
    camera: dict[str, NDArray] = {}
    for element in header.elements:
        if not wanted:
            if element.name == "camera" and element.count == 1 and not with_faces:
                camera = body.columns(element)
            break  # what follows is of no interest, nor whether it is whole
        wanted.discard(element.name)
        if element.name == "vertex":
            vertices = body.columns(element)
        elif element.name == "face" and with_faces:
            faces = _triangles(body, element, path)
        else:
            body.lists(element, "")  # skipped
    points = stacked(vertices, POSITION, path)
    if points is None:
        raise FileError(f"{path} has no vertices with x, y and z; export it with vertex positions.")
    names = [plain(name) for name in vertices]
    color, normal = ([[*vertices][place] for place in places_of(names, wanted) or []] for wanted in (COLOR, NORMAL))
    colors = byte_colors(np.stack([vertices[name] for name in color], axis=1)) if color else None
    position = stacked(camera, SENSOR, path)
    is_grid = "viewporty" in camera and camera["viewporty"][0] > 1
    sensors = None if position is None else believed_sensor(position, points, is_grid)
    return Contents(points, faces, stacked(vertices, normal, path) if normal else None, colors, sensors)


def write_ply(path: Path, contents: Contents) -> None:
    """Write binary little-endian PLY with double coordinates and normals, uchar colours and int indices."""
    columns = dict(zip(POSITION, contents.points.T, strict=True))
    if contents.normals is not None:
        columns.update(zip(NORMAL, contents.normals.T, strict=True))
    if contents.colors is not None:
        columns.update(zip(COLOR, contents.colors.T, strict=True))
    rows = np.empty(len(contents.points), [(name, "u1" if name in COLOR else "<f8") for name in columns])
    for name, values in columns.items():
        rows[name] = values
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(rows)}"]
    header += [f"property {'uchar' if name in COLOR else 'double'} {name}" for name in columns]
    triangles = np.empty(0 if contents.faces is None else len(contents.faces), [("count", "u1"), ("corners", "<i4", (3,))])
    if contents.faces is not None:
        header += [f"element face {len(triangles)}", "property list uchar int vertex_indices"]
        triangles["count"], triangles["corners"] = 3, contents.faces
    with open(path, "wb") as file:
        file.write(("\n".join([*header, "end_header"]) + "\n").encode("ascii"))
        file.write(rows.tobytes())
        file.write(triangles.tobytes())


def _triangles(body: TextBody | BinaryBody, element: Element, path: Path) -> NDArray[np.int64]:
    name = next((column.name for column in element.properties if column.name in INDEX_NAMES and column.count_dtype), None)
    if name is None and element.count:
        raise FileError(f"{path} has faces without the list 'vertex_indices'; export it with faces as vertex indices.")
    sizes, corners = body.lists(element, name or "")
    if (sizes < 3).any():
        raise FileError(f"{path} has a face with {sizes.min()} corners (face {int(sizes.argmin())}), but a face needs three.")
    check_size(24 * (len(corners) - 2 * len(sizes)), path, "its faces")
    return fan_triangles(sizes, corners)
