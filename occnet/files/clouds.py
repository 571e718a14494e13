"""Point clouds from and to files of every usual format, and the judgement whether a surface can be made from one."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.errors import CloudError, FileError
from occnet.files.atomic import atomic_path
from occnet.files.contents import Contents
from occnet.files.formats import arrays, e57, gltf, kitti, las, obj, off, pcd, ply, ptx, stl, text_clouds
from occnet.files.opening import check_readable, suffix_of

READERS = {
    ".ply": lambda path: ply.read_ply(path, with_faces=False),
    ".obj": lambda path: obj.read_obj(path, with_faces=False),
    ".off": lambda path: off.read_off(path, with_faces=False),
    ".stl": lambda path: stl.read_stl(path, with_faces=False),
    ".glb": lambda path: gltf.read_gltf(path, with_faces=False),
    ".gltf": lambda path: gltf.read_gltf(path, with_faces=False),
    ".pcd": pcd.read_pcd,
    ".npy": arrays.read_npy,
    ".npz": arrays.read_npz,
    ".ptx": ptx.read_ptx,
    ".bin": kitti.read_kitti,
    ".e57": e57.read_e57,
    **dict.fromkeys((".las", ".laz"), las.read_las),
    **dict.fromkeys((".xyz", ".xyzn", ".xyzrgb", ".txt", ".csv", ".asc", ".pts"), text_clouds.read_text_cloud),
}
WRITERS = {
    ".ply": ply.write_ply,
    ".pcd": pcd.write_pcd,
    ".npy": arrays.write_npy,
    ".npz": arrays.write_npz,
    **dict.fromkeys((".xyz", ".txt", ".csv"), text_clouds.write_text_cloud),
}
FEWEST_POINTS = 32
SMALLEST, LARGEST = 1e-50, 1e50  # longest edge: sixth powers of lengths neither vanish nor overflow
FLATTEST = 1e-5  # smallest to largest extent; thinner than any sheet, yet above the rounding of text with six decimals


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points as a file holds them, in its own coordinates; checked_points tells whether they make a surface.

    points: (N, 3) float64; may hold NaN where a scanner saw nothing. normals: (N, 3) float64 or None, of any length.
    colors: (N, 3) uint8 RGB or None. source: the file or whatever else the points come from, for messages.
    sensors: where the points were measured from, in the same coordinates: (N, 3) float64, (1, 3) for all of them ((3,) is taken
    as that), or None where it is not known. notes: sentences about how the file was read, for whoever asked for it.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64] | None = None
    colors: NDArray[np.uint8] | None = None
    source: str = "the cloud"
    sensors: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, dtype in (("points", np.float64), ("normals", np.float64), ("colors", np.uint8)):
            if getattr(self, name) is None:
                continue
            values = np.array(getattr(self, name), dtype=dtype, order="C")  # a copy: nobody else may change it
            if values.ndim != 2 or values.shape[1] != 3 or len(values) != len(self.points):
                raise CloudError(f"{self.source}: {name} must have shape ({len(self.points)}, 3), but have {values.shape}.")
            values.flags.writeable = False
            object.__setattr__(self, name, values)
        if self.sensors is not None:
            sensors = np.atleast_2d(np.array(self.sensors, dtype=np.float64, order="C"))
            if sensors.shape not in ((1, 3), self.points.shape) or not np.isfinite(sensors).all():
                raise CloudError(
                    f"{self.source}: sensors must be finite and of shape (1, 3) or ({len(self.points)}, 3), but have shape "
                    f"{sensors.shape}; give the position of the sensor for each point, or one for all."
                )
            sensors.flags.writeable = False
            object.__setattr__(self, "sensors", sensors)

    @property
    def sensor_of_each(self) -> NDArray[np.float64] | None:
        """Where each point was measured from, (N, 3), None where it is not known."""
        return None if self.sensors is None else np.broadcast_to(self.sensors, self.points.shape)

    def at(self, rows: NDArray) -> Cloud:
        """The points of these rows, a mask (N,) or indices (M,), with all that belongs to them."""
        own = self.sensors is not None and len(self.sensors) == len(self.points)
        return replace(
            self,
            points=self.points[rows],
            normals=None if self.normals is None else self.normals[rows],
            colors=None if self.colors is None else self.colors[rows],
            sensors=self.sensors[rows] if own and self.sensors is not None else self.sensors,
        )


def read_cloud(path: str | os.PathLike[str]) -> Cloud:
    """The points of a file: .ply, .pcd, .npy, .npz, .ptx, .e57, .las, .laz, KITTI's .bin, text (.xyz, .txt, .csv, .asc, .pts,
    ...), or a mesh of any format.

    Of a mesh the vertices are taken, whatever its faces are. Nothing is rounded or moved, and what is left out or guessed is
    said in the cloud's notes.
    Raises FileError when the file is missing, of another format, damaged, or without points; MissingLibrary for .las, .laz and
    .e57 without the extra [scan].
    """
    path = Path(path)
    check_readable(path)
    contents = READERS[suffix_of(path, READERS, "a point cloud")](path)
    if not len(contents.points):
        raise FileError(f"{path} holds no points; export it with geometry.")
    return Cloud(contents.points, contents.normals, contents.colors, str(path), contents.sensors, contents.notes)


def write_cloud(path: str | os.PathLike[str], cloud: Cloud) -> None:
    """Write a .ply, .pcd, .npy, .npz, .xyz, .txt or .csv file, whole or not at all.

    Points and normals keep every bit of their float64; .npy holds the points alone. Positions of sensors are kept by .npz, and
    one for all by .pcd. Raises FileError when it cannot be written.
    """
    path = Path(path)
    write = WRITERS[suffix_of(path, WRITERS, "a point cloud to write")]
    with atomic_path(path) as temporary:
        write(temporary, Contents(cloud.points, normals=cloud.normals, colors=cloud.colors, sensors=cloud.sensors))


def checked_points(points: ArrayLike, source: str, may_be_flat: bool = False) -> NDArray[np.float64]:
    """The points (N, 3) as float64 when a solid can be made from them, or, if they may be flat, a surface.

    source: what to call them in messages, the file as a rule.
    Raises CloudError when the shape is wrong, rows are NaN or infinite, fewer than 32 points are there, or all of them
    coincide, or lie on one line or in one plane.
    """
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise CloudError(f"{source}: points must have shape (N, 3), but have {points.shape}; give x, y and z for each point.")
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        raise CloudError(
            f"{source}: {np.count_nonzero(~finite):,} of {len(points):,} points have coordinates that are NaN or infinite "
            f"(the first is point {int(finite.argmin()) + 1:,}); remove them."
        )
    if len(points) < FEWEST_POINTS:
        raise CloudError(f"{source}: {len(points)} points are too few for a surface; give at least {FEWEST_POINTS}.")
    low, high, longest = check_length(points, source)
    centered = (points - (low + 0.5 * (high - low))) / longest
    centered -= centered.mean(axis=0)
    # singular values by way of the 3 x 3 product: exact to 1e-8, which is well below the flattest
    extents = np.sqrt(np.clip(np.linalg.eigvalsh(centered.T @ centered), 0.0, None))
    if extents[1] < FLATTEST * extents[2]:
        raise CloudError(f"{source}: all points lie on one line, but a solid needs points from all around; scan it again.")
    if extents[0] < FLATTEST * extents[2] and not may_be_flat:
        raise CloudError(
            f"{source}: all points lie in one plane, but a solid needs points from all around; --surface open needs none."
        )
    return points


def check_length(points: NDArray[np.float64], source: str) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """The lowest and highest corner of the box around finite points, (N, 3), N > 0, and its longest edge.

    Raises CloudError when all points coincide, or the box is too large or too small to compute with.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    with np.errstate(over="ignore"):
        longest = float((high - low).max())
    if longest == 0.0:
        raise CloudError(f"{source}: all points coincide, so that no shape can be told; give points from all around an object.")
    if not SMALLEST < longest < LARGEST:
        what = "large" if longest > 1.0 else "small"
        raise CloudError(
            f"{source}: the coordinates are too {what} to compute with; give them in units in which it is {SMALLEST:g} to "
            f"{LARGEST:g} long, not {longest:.3g}."
        )
    return low, high, longest
