"""STL: text and binary read, binary written. The format has single precision and no shared vertices."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from occnet.errors import FileError
from occnet.files.contents import Contents
from occnet.files.limits import check_size
from occnet.files.opening import read_bytes
from occnet.files.polygons import merge_identical
from occnet.files.tables import parse_table

HEADER = 80  # bytes, with no meaning
FACET = np.dtype([("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])  # 50 bytes


def read_stl(path: Path, with_faces: bool) -> Contents:
    """The facets of an STL file, joined where corners have exactly the same coordinates (-0 and 0 are the same).

    Text and binary are told apart by the length that a binary file of that many facets has, as files of both kinds begin with
    the word "solid". Raises FileError when the file is neither, or cut off.
    """
    data = read_bytes(path)
    count = int.from_bytes(data[HEADER : HEADER + 4], "little")
    if len(data) >= HEADER + 4 and len(data) == HEADER + 4 + count * FACET.itemsize:
        check_size(9 * 8 * count, path, "its facets")
        with np.errstate(invalid="ignore"):  # signalling NaNs are NaNs like others
            corners = np.frombuffer(data, FACET, count, HEADER + 4)["corners"].reshape(-1, 3).astype(np.float64)
    elif data.lstrip()[:5].lower() == b"solid" and b"\0" not in data:
        corners = _text_corners(data, path)
    else:
        raise FileError(
            f"{path} is neither text STL nor binary STL of the length that its {count} facets need (it has {len(data)} "
            "bytes); it is cut off or damaged, export or copy it again."
        )
    points, faces = merge_identical(corners, np.arange(len(corners)).reshape(-1, 3))
    return Contents(points=points, faces=faces if with_faces else None)


def write_stl(path: Path, contents: Contents) -> None:
    """Write binary STL with coordinates rounded to single precision, the best that the format can hold."""
    faces = np.empty((0, 3), np.int64) if contents.faces is None else contents.faces
    facets = np.zeros(len(faces), FACET)
    corners = contents.points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    facets["corners"] = corners
    facets["normal"] = np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)
    with open(path, "wb") as file:
        file.write(b"binary STL".ljust(HEADER) + len(facets).to_bytes(4, "little"))
        file.write(facets.tobytes())


def _text_corners(data: bytes, path: Path) -> np.ndarray:
    """Corners (3 * facets, 3) of text STL, in which every facet must have three and every solid must end."""
    vertices, numbers, words = [], [], dict.fromkeys((b"solid", b"endsolid", b"facet", b"endfacet"), 0)
    for number, line in enumerate(data.splitlines(), start=1):
        keyword, rest = (*line.split(None, 1), b"", b"")[:2]
        keyword = keyword.lower()
        if keyword == b"vertex":
            vertices.append(rest.decode("latin-1"))
            numbers.append(number)
        elif keyword in words:
            words[keyword] += 1
            if keyword == b"endfacet" and len(vertices) != 3 * words[b"endfacet"]:
                raise FileError(
                    f"{path}, line {number}: the facet that ends here has not exactly three vertices; export it again."
                )
    if words[b"solid"] != words[b"endsolid"] or words[b"facet"] != words[b"endfacet"]:
        raise FileError(f"{path} has a solid or facet that does not end; it is cut off or damaged, export or copy it again.")
    if len(vertices) != 3 * words[b"facet"]:
        raise FileError(f"{path} has vertices outside its facets; it is damaged, export it again.")
    return parse_table(vertices, range(3), path, numbers)
