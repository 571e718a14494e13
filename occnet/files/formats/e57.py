"""E57, the format of terrestrial scanners, by pye57, which comes with the extra [scan]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError, MissingLibrary, OccnetError
from occnet.files.apart import read_apart
from occnet.files.contents import Contents, byte_colors
from occnet.files.limits import check_size
from occnet.files.opening import check_readable

COLOR = ("colorRed", "colorGreen", "colorBlue")
POSITION = ("cartesianX", "cartesianY", "cartesianZ")
_POINT = 8 * 12  # bytes of a point, on the way


def read_e57(path: Path) -> Contents:
    """The points of all scans of an .e57 file in one frame, with colours, and the place of the scanner for each.

    That place is known where all scans are in rows and columns or in angles, as a scanner makes them; other programs write
    any shift as a pose. Points that are marked as invalid are left out, which the notes say. Raises MissingLibrary without
    pye57, FileError when the file is damaged or would fill too much memory.
    """
    check_readable(path)
    _pye57(path)
    return read_apart(decoded_e57, path)


def decoded_e57(path: Path) -> Contents:
    """As read_e57, in this process."""
    pye57 = _pye57(path)
    try:
        scans = pye57.E57(str(path))
        try:
            return _contents(scans, path)
        finally:
            scans.close()
    except OccnetError:
        raise
    except Exception as error:  # whatever the decoder stumbles over in a damaged file
        raise FileError(f"{path} is no valid E57 file ({_short(error)}); copy or export it again.") from error


def _contents(scans: Any, path: Path) -> Contents:
    headers = [scans.get_header(index) for index in range(scans.scan_count)]
    promised = sum(int(header.point_count) for header in headers)
    check_size(_POINT * promised, path, "its points")
    points: list[NDArray] = []
    colors: list[NDArray] = []
    sensors: list[NDArray] = []
    for index, header in enumerate(headers):
        fields = {*header.point_fields}
        colored = fields >= {*COLOR}
        found = scans.read_scan(index, colors=colored, ignore_missing_fields=True)
        points.append(np.stack([found[name] for name in POSITION], axis=1).astype(np.float64))
        if colored:
            colors.append(np.stack([found[name] for name in COLOR], axis=1))
        if fields >= {"rowIndex", "columnIndex"} or "sphericalRange" in fields:
            place = header.translation if header.has_pose() else np.zeros(3)
            sensors.append(np.tile(np.asarray(place, dtype=np.float64), (len(points[-1]), 1)))
    if not points:
        raise FileError(f"{path} holds no scans; export it again.")
    notes = [f"Its {len(headers)} scans are read as one."] if len(headers) > 1 else []
    left_out = promised - sum(map(len, points))
    if left_out:
        notes.append(f"{left_out:,} of its {promised:,} points are marked as invalid and are left out.")
    return Contents(
        np.concatenate(points),
        colors=byte_colors(np.concatenate(colors)) if len(colors) == len(headers) else None,
        sensors=np.concatenate(sensors) if len(sensors) == len(headers) else None,
        notes=tuple(notes),
    )


def _pye57(path: Path) -> Any:
    try:
        import pye57
    except ImportError as failure:
        raise MissingLibrary(
            f"{path.name}: E57 is read by pye57, which cannot be imported ({failure}); install it by "
            "`pip install 'occnet[scan]'`, or save the points as .ply."
        ) from failure
    return pye57


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
