"""LAS and LAZ, the formats of airborne scanners, by laspy and lazrs, which come with the extra [scan]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from occnet.errors import FileError, MissingLibrary, OccnetError
from occnet.files.apart import read_apart
from occnet.files.contents import Contents, byte_colors
from occnet.files.limits import check_size
from occnet.files.opening import check_readable

CHUNK = 1 << 26  # bytes of points that are decoded at once
SMALLEST_HEADER, SMALLEST_RECORD = 227, 54  # bytes
NOISE = (7, 18)  # classes of points that are said to be wrong: low and high
FORMAT_PLACE, PACKED = 104, 0x80  # the byte that tells the kind of points, and its bit for compressed ones
COLOR = ("red", "green", "blue")


def read_las(path: Path) -> Contents:
    """The points of a .las or .laz file, with colours where it has them.

    Points that the file itself calls withheld or noise are left out, which the notes say. Where the scanner was is not in the
    file. Raises MissingLibrary without laspy or lazrs, FileError when the file is damaged or would fill too much memory.
    """
    check_readable(path)
    _laspy(path)
    with open(path, "rb") as file:
        head = file.read(SMALLEST_HEADER)
    if len(head) < SMALLEST_HEADER or not head.startswith(b"LASF"):
        raise FileError(f"{path} does not begin with the header of a LAS or LAZ file; give it the suffix of what it is.")
    records = int.from_bytes(head[100:104], "little")
    if records * SMALLEST_RECORD > path.stat().st_size:  # laspy would count them, one by one
        raise FileError(
            f"{path} promises {records:,} records in its header, more than it can hold; it is damaged, copy it again."
        )
    return read_apart(decoded_las, path) if head[FORMAT_PLACE] >= PACKED else decoded_las(path)


def decoded_las(path: Path) -> Contents:
    """As read_las, in this process."""
    laspy = _laspy(path)
    try:
        with laspy.open(path, read_evlrs=False) as reader:
            return _contents(reader, path)
    except OccnetError:
        raise
    except Exception as error:  # whatever the decoders stumble over in a damaged file
        why = str(error)[:80] if isinstance(error, laspy.LaspyException) else "a part of it is missing or misplaced"
        raise FileError(f"{path} is no valid LAS or LAZ file ({why}); copy or export it again.") from error


def _contents(reader: Any, path: Path) -> Contents:
    count, names = int(reader.header.point_count), {*reader.header.point_format.dimension_names}
    check_size((24 + 6 * (names >= {*COLOR})) * count, path, "its points")
    needed = reader.header.offset_to_point_data + count * reader.header.point_format.size
    if not reader.header.are_points_compressed and needed > path.stat().st_size:
        raise FileError(f"{path} promises {count:,} points, but ends before them; it is cut off, copy it again.")
    points = np.empty((count, 3))
    colors = np.empty((count, 3), np.uint16) if names >= {*COLOR} else None
    kept = np.ones(count, dtype=bool)
    start = 0
    for chunk in reader.chunk_iterator(max(1, CHUNK // reader.header.point_format.size)):
        here = slice(start, start + len(chunk))
        for axis, values in enumerate((chunk.x, chunk.y, chunk.z)):
            points[here, axis] = values
        if colors is not None:
            for channel, name in enumerate(COLOR):
                colors[here, channel] = chunk[name]
        kept[here] = ~(np.isin(np.asarray(chunk.classification), NOISE) | np.asarray(chunk.withheld, dtype=bool))
        start += len(chunk)
    if start != count:
        raise FileError(f"{path} promises {count:,} points, but has {start:,}; it is cut off, copy it again.")
    left_out = count - int(np.count_nonzero(kept))
    if left_out:
        points, colors = points[kept], None if colors is None else colors[kept]
    return Contents(
        points,
        colors=byte_colors(colors) if colors is not None and colors.any() else None,
        notes=(f"{left_out:,} of its {count:,} points are marked as withheld or noise and are left out.",) if left_out else (),
    )


def _laspy(path: Path) -> Any:
    try:
        import laspy
        import lazrs  # noqa: F401 - without it laspy reads no .laz
    except ImportError as failure:
        raise MissingLibrary(
            f"{path.name}: LAS and LAZ are read by laspy and lazrs, which cannot be imported ({failure}); "
            "install them by `pip install 'occnet[scan]'`, or save the points as .ply."
        ) from failure
    return laspy
