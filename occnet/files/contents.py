"""What a reader hands over and a writer takes, the same for every format: points, and what may come with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.files.limits import check_size

_UNIT = 0.01  # by how much the length of a normal written with two decimals may differ from 1


@dataclass(frozen=True, eq=False)
class Contents:
    """The geometry of one file, as it stands there, not yet judged.

    points: (N, 3) float64; may hold NaN. faces: (F, 3) int64, or None where the format or the caller has none.
    normals: (N, 3) float64 or None. colors: (N, 3) uint8 RGB or None.
    sensors: where they were measured from, (N, 3) float64, or (1, 3) for all, or None. notes: sentences about how it was read.
    """

    points: NDArray[np.float64]
    faces: NDArray[np.int64] | None = None
    normals: NDArray[np.float64] | None = None
    colors: NDArray[np.uint8] | None = None
    sensors: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()


def believed_sensor(position: NDArray[np.floating], points: NDArray, is_grid: bool) -> NDArray[np.float64] | None:
    """The position of the sensor that a file names, (1, 3), or None when it is only what programs write that do not know one.

    That is the origin. There the sensor is believed to be only where the points are a grid, as a camera sees them, and none of
    them lies around it. points: (N, 3). is_grid: whether they come in rows and columns.
    """
    position = np.asarray(position, dtype=np.float64).reshape(1, 3)
    seen = points[np.isfinite(points).all(axis=1)]
    if not np.isfinite(position).all() or not len(seen):
        return None
    if position.any():
        return position
    inside = (seen.min(axis=0) < 0.0) & (seen.max(axis=0) > 0.0)
    return position if is_grid and not inside.all() else None


def stacked(columns: Mapping[str, NDArray], names: Sequence[str], path: Path) -> NDArray[np.float64] | None:
    """The columns of these names side by side, (N, len(names)) float64; None when one is missing.

    path: of the file, for messages. Raises FileError when they would fill too much memory.
    """
    if not columns.keys() >= set(names):
        return None
    check_size(8 * len(names) * len(columns[names[0]]), path, "its points")
    with np.errstate(invalid="ignore"):  # signalling NaNs, which scanners write, are NaNs like others
        return np.stack([columns[name] for name in names], axis=1).astype(np.float64)


def byte_colors(values: NDArray) -> NDArray[np.uint8] | None:
    """RGB (N, 3) as uint8, of bytes, of whole numbers to 65535, or of numbers to 1; None when a value fits none of them.

    What they are is told by the largest, as types do not tell it: bytes are found as float, too, and in columns for 16 bits.
    Colours are an ornament here: a file with good points and bad colours is read without them.
    """
    whole = np.issubdtype(values.dtype, np.integer)
    low, high = (values.min(), values.max()) if values.size else (0, 0)
    scale = 255 if high <= 1 and not whole else 1 if high <= 255 else 255 / 65535
    if not (low >= 0 and high <= 65535):  # nor NaN
        return None
    return np.rint(values.astype(np.float64) * scale).astype(np.uint8)


def normals_or_colors(values: NDArray[np.floating]) -> tuple[NDArray[np.float64] | None, NDArray[np.uint8] | None]:
    """What three numbers (N, 3) behind each point are where no name tells: normals, colours, or (None, None).

    Normals have length 1 and some are negative, as no colour is. Colours are whole and above 1 somewhere, or all of them are
    parts of 1.
    """
    if (np.abs(np.linalg.norm(values, axis=1) - 1.0) < _UNIT).all() and (values < 0.0).any():
        return values.astype(np.float64), None
    if not ((values >= 0.0) & (values <= 255.0)).all() or not values.any():
        return None, None
    bytes_alone = bool((values == np.floor(values)).all()) and values.max() > 1.0
    return None, byte_colors(values) if bytes_alone or values.max() <= 1.0 else None
