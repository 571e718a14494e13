"""Point clouds as NumPy files: .npy with one array, .npz with an array "points" (and normals, colors, sensors)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError, OccnetError
from occnet.files.contents import Contents, byte_colors
from occnet.files.limits import check_size
from occnet.files.opening import check_readable

POINT_NAMES = ("points", "vertices", "xyz")  # the published ShapeNet layout has "points"


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
    """The points, and where there are, normals, colors and sensors (positions), of a .npz file.

    The array of points is called points, vertices or xyz, or is the only one. Raises FileError when there is none.
    """
    names = names_in(path)
    name = next((name for name in POINT_NAMES if name in names), names[0] if len(names) == 1 else None)
    if name is None:
        raise FileError(f"{path} has the arrays {', '.join(sorted(names)[:8])}, but none called 'points'; rename one.")
    arrays = read_arrays(path, {name, "normals", "colors", "sensors"} if name in POINT_NAMES else {name})
    points = _points(arrays.pop(name), path, f"its array '{name}'")
    sensors = arrays.pop("sensors", None)
    if sensors is not None and not _are_positions(sensors, len(points)):
        raise FileError(
            f"{path} has sensors of shape {sensors.shape}; give finite positions, (N, 3), or (1, 3) for one for all."
        )
    fits = {key: array for key, array in arrays.items() if array.shape == points.shape and array.dtype.kind in "fiu"}
    if len(fits) < len(arrays):
        raise FileError(f"{path} has normals or colors that do not fit its {len(points)} points; save them with shape (N, 3).")
    normals, colors = arrays.get("normals"), arrays.get("colors")
    return Contents(
        points=points,
        normals=None if normals is None else normals.astype(np.float64),
        colors=None if colors is None else byte_colors(colors),
        sensors=None if sensors is None else np.atleast_2d(sensors).astype(np.float64),
    )


def names_in(path: Path) -> list[str]:
    """The names of the arrays in a .npz file. Raises FileError when it is none."""
    check_readable(path)
    with _opened(path) as archive:
        return list(_members(archive))


def read_arrays(path: Path, names: Collection[str]) -> dict[str, NDArray]:
    """Those arrays in a .npz file that have one of these names, no pickled ones.

    Raises FileError when it is damaged, or when they would fill too much memory.
    """
    check_readable(path)
    with _opened(path) as archive:
        wanted = {name: member for name, member in _members(archive).items() if name in names}
        check_size(sum(member.file_size for member in wanted.values()), path, f"its arrays {', '.join(wanted)}")
        return {name: _array(archive, member, name) for name, member in wanted.items()}


def write_npy(path: Path, contents: Contents) -> None:
    """Nothing; writes the points alone, as float64."""
    with open(path, "wb") as file:
        np.save(file, contents.points)


def write_npz(path: Path, contents: Contents) -> None:
    """Write points, and where there are, normals and sensors (all float64) and colors (uint8)."""
    arrays = {"points": contents.points, "normals": contents.normals, "colors": contents.colors, "sensors": contents.sensors}
    with open(path, "wb") as file:
        np.savez(file, **{name: array for name, array in arrays.items() if array is not None})


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OccnetError:
        raise
    except Exception as error:  # whatever the parsers stumble over in a damaged file
        raise FileError(f"{path} is no valid NumPy archive, or is damaged ({_short(error)}); save it again.") from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    return {member.filename.removesuffix(".npy"): member for member in archive.infolist()}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray:
    with archive.open(member) as file:
        data = file.read(member.file_size + 1)
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
    check_size(8 * 3 * len(array), path, "its points")
    with np.errstate(invalid="ignore"):  # signalling NaNs are NaNs like others
        return np.array(array[:, :3], dtype=np.float64)


def _are_positions(array: NDArray, count: int) -> bool:
    return array.shape in ((3,), (1, 3), (count, 3)) and array.dtype.kind in "fiu" and bool(np.isfinite(array).all())


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
