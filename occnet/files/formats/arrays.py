"""Point clouds as NumPy files: .npy with one array, .npz with an array "points" (and normals, colors)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, byte_colors
from occnet.files.opening import check_readable

POINT_NAMES = ("points", "vertices", "xyz")  # the published ShapeNet layout has "points"
MOST_BYTES = 2 << 30  # of one unpacked array: a small .npz may unpack to a thousand times its size


def read_npy(path: Path) -> Contents:
    """The first three columns of the (N, >= 3) array in a .npy file. Raises FileError when there is no such array."""
    return Contents(points=_points(open_npy(path), path, "its array"))


def open_npy(path: Path) -> np.ndarray:
    """The array in a .npy file, mapped and not yet read. Raises FileError when there is none."""
    check_readable(path)
    try:
        return np.lib.format.open_memmap(path, mode="r")  # a map: a header that promises too much costs nothing
    except Exception as error:  # whatever the parser stumbles over in a damaged file
        raise FileError(f"{path} is no valid NumPy array file ({_short(error)}); save it with numpy.save.") from error


def read_npz(path: Path) -> Contents:
    """The points, and where there are, normals and colors, of a .npz file.

    The array of points is called points, vertices or xyz, or is the only one. Raises FileError when there is none.
    """
    check_readable(path)
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
            name = next((name for name in POINT_NAMES if name in sizes), next(iter(sizes)) if len(sizes) == 1 else None)
            if name is None:
                raise FileError(f"{path} has the arrays {', '.join(sorted(sizes)[:8])}, but none called 'points'; rename one.")
            points = _points(_member(archive, name, sizes[name], path), path, f"its array '{name}'")
            others = {
                other: _member(archive, other, sizes[other], path)
                for other in ("normals", "colors")
                if other in sizes and name in POINT_NAMES
            }
    except FileError:
        raise
    except Exception as error:  # whatever the parsers stumble over in a damaged file
        raise FileError(f"{path} is no valid NumPy archive ({_short(error)}); save it with numpy.savez.") from error
    normals, colors = others.get("normals"), others.get("colors")
    fits = {key: array for key, array in others.items() if array.shape == points.shape and array.dtype.kind in "fiu"}
    if len(fits) < len(others):
        raise FileError(f"{path} has normals or colors that do not fit its {len(points)} points; save them with shape (N, 3).")
    return Contents(
        points=points,
        normals=None if normals is None else normals.astype(np.float64),
        colors=None if colors is None else byte_colors(colors),
    )


def write_npy(path: Path, contents: Contents) -> None:
    """Nothing; writes the points alone, as float64."""
    with open(path, "wb") as file:
        np.save(file, contents.points)


def write_npz(path: Path, contents: Contents) -> None:
    """Nothing; writes points, and where there are, normals (both float64) and colors (uint8)."""
    arrays = {"points": contents.points, "normals": contents.normals, "colors": contents.colors}
    with open(path, "wb") as file:
        np.savez(file, **{name: array for name, array in arrays.items() if array is not None})


def _member(archive: zipfile.ZipFile, name: str, size: int, path: Path) -> NDArray:
    if size > MOST_BYTES:
        raise FileError(f"{path} unpacks to {size >> 20} MiB, more than the {MOST_BYTES >> 20} that are read; save it as .npy.")
    member = name if name in archive.namelist() else f"{name}.npy"
    with archive.open(member) as file:
        data = file.read(size + 1)
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(stream)
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > len(data):
        raise ValueError(f"the header of {name} promises more than is there")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _points(array: NDArray, path: Path, what: str) -> NDArray[np.float64]:
    if array.ndim != 2 or array.shape[1] < 3 or array.dtype.kind not in "fiu":
        raise FileError(f"{path} holds points as {what} of shape {array.shape} and type {array.dtype}; make it (N, 3) numbers.")
    with np.errstate(invalid="ignore"):  # signalling NaNs are NaNs like others
        return np.array(array[:, :3], dtype=np.float64)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
