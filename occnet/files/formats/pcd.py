"""PCD, the format of the Point Cloud Library: text, binary and compressed read, binary written with double coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, believed_sensor, byte_colors, stacked
from occnet.files.formats import lzf
from occnet.files.limits import check_size
from occnet.files.opening import read_bytes
from occnet.files.tables import lines_of, parse_table

_END = re.compile(rb"(?:^|\n)DATA[ \t]+(\w+)[ \t]*\r?\n")
KINDS = {"F": "f", "I": "i", "U": "u"}
POSITION, NORMAL, COLOR = ("x", "y", "z"), ("normal_x", "normal_y", "normal_z"), ("rgb", "rgba")


@dataclass(frozen=True)
class Layout:
    """What the header says: the columns with their numpy types and how many values each has, and the number of points."""

    names: list[str]
    dtypes: list[np.dtype]
    counts: list[int]
    points: int
    rows: int  # of pixels, where the points come in rows and columns
    sensor: NDArray[np.float64]  # (3,) where it stood

    @property
    def row(self) -> int:
        """Bytes of one point."""
        return sum(dtype.itemsize * count for dtype, count in zip(self.dtypes, self.counts, strict=True))


def read_pcd(path: Path) -> Contents:
    """The points of a PCD file, with normals (normal_x ...), packed colours (rgb, rgba) and a sensor where there are.

    Points without a measurement stay as NaN. Raises FileError when the file is not valid or holds less than it promises.
    """
    data = read_bytes(path)
    end = _END.search(data, 0, 1 << 16)
    if end is None:
        raise FileError(f"{path} has no PCD header that ends with a line 'DATA'; give it the suffix of what it is.")
    head = data[: end.start()].decode("latin-1")
    body, encoding = data[end.end() :], end[1].decode("ascii")
    try:
        layout = _layout(head)
        if encoding == "ascii":
            columns = _text_columns(body, layout, path, first_line=head.count("\n") + 3)
        elif encoding == "binary":
            columns = _binary_columns(body, layout)
        elif encoding == "binary_compressed":
            columns = _compressed_columns(body, layout, path)
        else:
            raise ValueError(f"the encoding {encoding!r} is unknown")
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise FileError(f"{path} is no valid PCD file: {error}; export or copy it again.") from error
    points = stacked(columns, POSITION, path)
    if points is None:
        raise FileError(f"{path} has the fields {', '.join(layout.names)}, but not x, y and z; export it with positions.")
    return Contents(
        points=points,
        normals=stacked(columns, NORMAL, path),
        colors=_colors(columns),
        sensors=believed_sensor(layout.sensor, points, layout.rows > 1),
    )


def write_pcd(path: Path, contents: Contents) -> None:
    """Write binary PCD: double coordinates and normals, colours packed into one number, and a sensor that is one for all."""
    columns: dict[str, NDArray] = dict(zip(POSITION, contents.points.T.astype("<f8"), strict=True))
    if contents.normals is not None:
        columns.update(zip(NORMAL, contents.normals.T.astype("<f8"), strict=True))
    if contents.colors is not None:
        columns["rgb"] = contents.colors.astype("<u4") @ np.array([1 << 16, 1 << 8, 1], dtype="<u4")
    count = len(contents.points)
    rows = np.empty(count, [(name, values.dtype) for name, values in columns.items()])
    for name, values in columns.items():
        rows[name] = values
    types = [(str(values.dtype.itemsize), "F" if values.dtype.kind == "f" else "U") for values in columns.values()]
    header = ["# .PCD v0.7 - Point Cloud Data file format", "VERSION 0.7", f"FIELDS {' '.join(columns)}"]
    header += [f"SIZE {' '.join(size for size, _ in types)}", f"TYPE {' '.join(kind for _, kind in types)}"]
    header += [f"COUNT {' '.join('1' for _ in types)}", f"WIDTH {count}", "HEIGHT 1"]
    sensor = (0.0, 0.0, 0.0) if contents.sensors is None or len(contents.sensors) > 1 else contents.sensors[0].tolist()
    header += [f"VIEWPOINT {' '.join(repr(float(value)) for value in sensor)} 1 0 0 0"]
    header += [f"POINTS {count}", "DATA binary"]
    with open(path, "wb") as file:
        file.write(("\n".join(header) + "\n").encode("ascii"))
        file.write(rows.tobytes())


def _layout(head: str) -> Layout:
    words = [line.split() for line in lines_of(head) if line.strip() and not line.startswith("#")]
    entries = {line[0].upper(): line[1:] for line in words}
    names = entries["FIELDS"] if "FIELDS" in entries else entries["COLUMNS"]
    dtypes = [np.dtype(f"<{KINDS[kind]}{int(size)}") for kind, size in zip(entries["TYPE"], entries["SIZE"], strict=True)]
    counts = [int(count) for count in entries.get("COUNT", ["1"] * len(names))]
    points = int(entries["POINTS"][0]) if "POINTS" in entries else int(entries["WIDTH"][0]) * int(entries["HEIGHT"][0])
    if not len(names) == len(dtypes) == len(counts) or min(counts, default=0) < 1 or max(counts) > 1 << 16 or points < 0:
        raise ValueError("the lines FIELDS, SIZE, TYPE and COUNT do not fit together")
    sensor = np.array([float(value) for value in entries.get("VIEWPOINT", [])[:3] or (0.0, 0.0, 0.0)]).reshape(3)
    return Layout(names, dtypes, counts, points, int(entries.get("HEIGHT", ["1"])[0]), sensor)


def _text_columns(body: bytes, layout: Layout, path: Path, first_line: int) -> dict[str, NDArray]:
    lines = lines_of(body.decode("latin-1"))
    numbered = [(number, line) for number, line in enumerate(lines, start=first_line) if line.strip()]
    if len(numbered) < layout.points:
        raise ValueError(f"it promises {layout.points} points, but has {len(numbered)}")
    numbered = numbered[: layout.points]
    starts = np.cumsum(layout.counts) - layout.counts
    table = parse_table([line for _, line in numbered], starts.tolist(), path, [number for number, _ in numbered])
    columns: dict[str, NDArray] = dict(zip(layout.names, table.T, strict=True))
    for name, dtype in zip(layout.names, layout.dtypes, strict=True):
        if name in COLOR and np.isfinite(columns[name]).all():  # the bits of its type count
            columns[name] = columns[name].astype(dtype)
    return columns


def _binary_columns(body: bytes, layout: Layout) -> dict[str, NDArray]:
    if layout.points * layout.row > len(body):
        raise ValueError(f"it promises {layout.points} points of {layout.row} bytes, but has {len(body)} bytes")
    offsets = np.cumsum([0, *(dtype.itemsize * count for dtype, count in zip(layout.dtypes, layout.counts, strict=True))])
    view = np.frombuffer(body, np.uint8, layout.points * layout.row).reshape(layout.points, layout.row)
    return {
        name: np.ascontiguousarray(view[:, start : start + dtype.itemsize]).view(dtype)[:, 0]
        for name, dtype, start in zip(layout.names, layout.dtypes, offsets[:-1], strict=True)
    }


def _compressed_columns(body: bytes, layout: Layout, path: Path) -> dict[str, NDArray]:
    packed, unpacked = (int(size) for size in np.frombuffer(body, "<u4", 2))
    if unpacked != layout.points * layout.row or packed > len(body) - 8:
        raise ValueError(f"its compressed part of {packed} bytes does not hold {layout.points} points of {layout.row} bytes")
    check_size(max(unpacked, 24 * layout.points), path, "what it unpacks to")
    data = lzf.decompress(body[8 : 8 + packed], unpacked)
    columns, start = {}, 0
    for name, dtype, count in zip(layout.names, layout.dtypes, layout.counts, strict=True):  # column after column
        columns[name] = np.frombuffer(data, dtype, layout.points * count, start).reshape(layout.points, count)[:, 0]
        start += layout.points * count * dtype.itemsize
    return columns


def _colors(columns: dict[str, NDArray]) -> NDArray[np.uint8] | None:
    """Colours from the field rgb or rgba: red, green and blue in one number, which may be stored as if it were a float."""
    packed = next((columns[name] for name in COLOR if name in columns), None)
    if packed is None or packed.dtype.itemsize != 4:
        return None
    bits = packed.view(np.uint32)
    return byte_colors(np.stack([(bits >> shift) & 255 for shift in (16, 8, 0)], axis=1))
