"""Point clouds as NumPy files: .npy with one array, .npz with an array "points" (and normals, colors, sensors)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError, OccnetError
from occnet.files.columns import COLOR, NORMAL, POSITION, places_of, plain
from occnet.files.contents import Contents, believed_sensor, byte_colors, normals_or_colors, stacked
from occnet.files.limits import check_size
from occnet.files.opening import check_readable

MOST_COLUMNS = 16  # that a point may have: more are points in columns, or a picture
TRANSPOSED = (3, 4, 6)  # rows of points in columns
LONGEST_HEADER = 1 << 16  # bytes of what stands before an array
POINT_NAMES = ("points", "vertices", "xyz")  # the published ShapeNet layout has "points"


def read_npy(path: Path) -> Contents:
    """The points in a .npy file, and what comes with them.

    The array is (N, 3), or has more columns; points in columns (3, N); a picture (H, W, 3); or has columns with names.
    Of six columns the last three are normals or colours where they can be nothing else. Raises FileError that says the shape
    when it holds no points.
    """
    return _cloud(open_npy(path), path, "an array")


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
    found = _cloud(arrays.pop(name), path, f"the array '{name}'")
    points = found.points
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
        normals=found.normals if normals is None else normals.astype(np.float64),
        colors=found.colors if colors is None else byte_colors(colors),
        sensors=found.sensors if sensors is None else np.atleast_2d(sensors).astype(np.float64),
        notes=found.notes,
    )


def names_in(path: Path) -> list[str]:
    """The names of the arrays in a .npz file. Raises FileError when it is none."""
    check_readable(path)
    with _opened(path) as archive:
        return list(_members(archive))


def dimensions_in(path: Path) -> dict[str, int]:
    """How many dimensions each array in a .npz file has, by its name. Raises FileError when it is none."""
    check_readable(path)
    with _opened(path) as archive:
        found = {}
        for name, member in _members(archive).items():
            with archive.open(member) as file:
                shape, _ = _header(io.BytesIO(file.read(LONGEST_HEADER)))
            found[name] = len(shape)
        return found


def read_arrays(path: Path, names: Collection[str] | None = None) -> dict[str, NDArray]:
    """Those arrays in a .npz file that have one of these names, or all, no pickled ones.

    Raises FileError when it is damaged, or when they would fill too much memory.
    """
    check_readable(path)
    with _opened(path) as archive:
        wanted = {name: member for name, member in _members(archive).items() if names is None or name in names}
        check_size(sum(member.file_size for member in wanted.values()), path, f"its arrays {', '.join(wanted)}")
        return {name: _array(archive, member, name) for name, member in wanted.items()}


def write_npy(path: Path, contents: Contents) -> None:
    """Write the points alone, as float64."""
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
        raise FileError(f"{path} is no valid NumPy archive, or is damaged ({_short(error)}); copy or save it again.") from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    return {member.filename.removesuffix(".npy"): member for member in archive.infolist()}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray:
    with archive.open(member) as file:
        data = file.read(member.file_size + 1)
    stream = io.BytesIO(data)
    shape, dtype = _header(stream)
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > len(data):
        raise ValueError(f"the header of {name} promises more than is there")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _header(stream: io.BytesIO) -> tuple[tuple[int, ...], np.dtype]:
    """The shape and type of the array at the start of a stream."""
    version = np.lib.format.read_magic(stream)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(stream)
    return shape, dtype


def _cloud(array: NDArray, path: Path, what: str) -> Contents:
    if array.dtype.names is not None:
        return _named(array, path, what)
    notes: list[str] = []
    if is_grid_of_points(array):
        notes.append(f"It is read as {array.shape[0]} x {array.shape[1]} pixels with a point each.")
        is_grid, array = True, array.reshape(-1, 3)
    else:
        is_grid = False
    if array.ndim == 2 and array.shape[1] > MOST_COLUMNS and array.shape[0] in TRANSPOSED:
        notes.append(f"Its shape is {array.shape}, so it is read as transposed, with a point in each column.")
        array = array.T
    if array.ndim != 2 or not 3 <= array.shape[1] <= MOST_COLUMNS or array.dtype.kind not in "fiu":
        hint = "make it (N, 3) numbers"
        if array.ndim == 2 and min(array.shape) > MOST_COLUMNS:
            hint = "a depth picture needs its camera (occnet.files.read_depth), points have shape (N, 3)"
        raise FileError(f"{path} holds {what} of shape {array.shape} and type {array.dtype}, which is no cloud; {hint}.")
    check_size(8 * 3 * len(array), path, "its points")
    with np.errstate(invalid="ignore"):  # signalling NaNs are NaNs like others
        points = np.array(array[:, :3], dtype=np.float64)
    normals = colors = None
    if array.shape[1] == 6:
        check_size(2 * points.nbytes, path, "its points")
        normals, colors = normals_or_colors(np.array(array[:, 3:], dtype=np.float64))
    if normals is not None or colors is not None:
        notes.append(f"Its last three columns are read as {'colours' if normals is None else 'normals'}.")
    sensors = believed_sensor(np.zeros(3), points, is_grid)
    return Contents(points, normals=normals, colors=colors, sensors=sensors, notes=tuple(notes))


def is_grid_of_points(array: NDArray) -> bool:
    """Whether an array is a picture with a point at each pixel, (H, W, 3), and neither voxels (R, R, R) nor a photo."""
    return array.ndim == 3 and array.shape[2] == 3 < min(array.shape[:2]) and array.dtype.kind == "f"


def _named(array: NDArray, path: Path, what: str) -> Contents:
    """The points of an array whose columns have names."""
    array = array.reshape(-1)
    given = [name for name in array.dtype.names or () if array.dtype[name].kind in "fiu" and array.dtype[name].shape == ()]
    names = [plain(name) for name in given]

    def columns(wanted: Sequence[str]) -> dict[str, NDArray]:
        return {name: array[given[place]] for name, place in zip(wanted, places_of(names, wanted) or (), strict=False)}

    points = stacked(columns(POSITION), POSITION, path)
    if points is None:
        listed = ", ".join((array.dtype.names or ())[:8])
        raise FileError(f"{path} holds {what} with the columns {listed}, but not x, y and z; name them so.")
    color = columns(COLOR)
    colors = byte_colors(np.stack([color[name] for name in COLOR], axis=1)) if color else None
    return Contents(points, normals=stacked(columns(NORMAL), NORMAL, path), colors=colors)


def _are_positions(array: NDArray, count: int) -> bool:
    return array.shape in ((3,), (1, 3), (count, 3)) and array.dtype.kind in "fiu" and bool(np.isfinite(array).all())


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
