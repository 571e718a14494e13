"""Depth pictures: what a depth camera sees, 16 bits a pixel, to points in front of the camera."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from occnet.errors import FileError, OccnetError
from occnet.files.clouds import Cloud
from occnet.files.formats.arrays import open_npy
from occnet.files.limits import check_size
from occnet.files.opening import check_readable, read_bytes, suffix_of

SUFFIXES = (".png", ".tif", ".tiff", ".npy")
FORMATS = ("PNG", "TIFF")  # as Pillow calls them
MILLIMETRES = 1000.0  # what whole numbers count in one unit of length, unless the camera says otherwise
FARTHEST = 65535  # of 16 bits: no depth either
_PIXEL = 8 * 8  # bytes, on the way
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Intrinsics:
    """A camera without distortion: pixel (u, v) sees along ((u - cx) / fx, (v - cy) / fy, 1); u to the right, v down."""

    fx: float  # pixels
    fy: float
    cx: float
    cy: float
    scale: float | None = None  # what a depth is divided by; None: 1000 for whole numbers (millimetres to metres), else 1
    size: tuple[int, int] | None = None  # width and height of its pictures, where they are known

    def __post_init__(self) -> None:
        values = (self.fx, self.fy, self.cx, self.cy, 1.0 if self.scale is None else self.scale)
        if not np.isfinite(values).all() or self.fx <= 0.0 or self.fy <= 0.0 or values[-1] <= 0.0:
            raise OccnetError(f"A camera needs fx, fy and a scale above 0, and finite cx and cy, but has {values}; correct it.")


def read_depth(path: str | os.PathLike[str], intrinsics: Intrinsics | str | os.PathLike[str] | Sequence[float]) -> Cloud:
    """The points that a depth picture shows, in the frame of the camera: x to the right, y down, z away from it.

    path: .png or .tif of one channel of 16 bits (or of numbers), or an array (H, W) in .npy. intrinsics: the camera, or a file
    of it as `read_intrinsics` takes it, or the numbers fx, fy, cx, cy and, if wanted, the scale. The cloud's sensor is the
    camera, at the origin. Pixels of depth 0, NaN or 65535 are no points.
    Raises FileError when the file is no depth picture, or no pixel has a depth; OccnetError when the camera is none.
    """
    path = Path(path)
    camera = _camera(intrinsics)
    depths = _depths(path)
    height, width = depths.shape
    if camera.size is not None and camera.size != (width, height):
        raise FileError(
            f"{path} has {width} x {height} pixels, but the camera's pictures have {camera.size[0]} x {camera.size[1]}; "
            "give the camera of this picture."
        )
    scale = camera.scale or (MILLIMETRES if depths.dtype.kind in "iu" else 1.0)
    rows, columns = np.nonzero((depths > 0) & np.isfinite(depths) & ((depths != FARTHEST) | (depths.dtype.kind == "f")))
    if not len(rows):
        raise FileError(f"None of the {width} x {height} pixels of {path} has a depth; give another picture.")
    z = depths[rows, columns].astype(np.float64) / scale
    points = np.stack([(columns - camera.cx) / camera.fx * z, (rows - camera.cy) / camera.fy * z, z], axis=1)
    missing = depths.size - len(points)
    notes = (f"{missing:,} of its {depths.size:,} pixels have no depth and are left out.",) if missing else ()
    return Cloud(points, source=str(path), sensors=np.zeros(3), notes=notes)


def read_intrinsics(path: str | os.PathLike[str]) -> Intrinsics:
    """The camera in a .json file (of Open3D, RealSense, ROS or with fx, fy, cx, cy) or a text of numbers.

    A text has fx, fy, cx, cy and, if wanted, the scale; or the camera's matrix, 3 x 3 or 4 x 4, row after row.
    Raises FileError when it is neither.
    """
    path = Path(path)
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    try:
        if text.lstrip().startswith("{"):
            return _of_tree(json.loads(text))
        words = re.split(r"[\s,;]+", text.strip(" \t\r\n[]"))
        if not all(_NUMBER.fullmatch(word.strip("[]")) for word in words):
            raise ValueError("it holds something else than numbers")
        return _of_numbers([float(word.strip("[]")) for word in words])
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError, OccnetError) as error:
        why = str(error) if isinstance(error, (ValueError, OccnetError)) else "fx, fy, cx and cy are not all there"
        raise FileError(f"{path} is no camera file ({why[:80]}); give fx, fy, cx and cy, or a 3 x 3 matrix.") from error


def _camera(given: Intrinsics | str | os.PathLike[str] | Sequence[float]) -> Intrinsics:
    if isinstance(given, Intrinsics):
        return given
    if isinstance(given, (str, os.PathLike)):
        return read_intrinsics(given)
    try:
        return _of_numbers([float(value) for value in np.asarray(given).reshape(-1)])
    except (TypeError, ValueError) as error:
        raise OccnetError(f"{given!r} is no camera ({error}); give fx, fy, cx and cy, or a 3 x 3 matrix.") from error


def _of_numbers(values: Sequence[float]) -> Intrinsics:
    """A camera of 4 or 5 numbers, or of a matrix of 9 or 16, row after row."""
    if len(values) in (4, 5):
        return Intrinsics(*values[:4], scale=values[4] if len(values) == 5 else None)
    if len(values) not in (9, 16):
        raise ValueError(f"it has {len(values)} numbers, not 4, 5, 9 or 16")
    matrix = np.array(values).reshape(3 if len(values) == 9 else 4, -1)
    if matrix[2, 2] != 1.0 or matrix[0, 1] or matrix[1, 0] or matrix[2, :2].any():
        raise ValueError("its matrix is not that of a camera without skew")
    return Intrinsics(matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2])


def _of_tree(tree: dict[str, Any]) -> Intrinsics:
    """A camera from JSON as several programs write it."""
    for inner in ("intrinsic", "intrinsics", "depth_intrinsics", "camera", "depth"):
        if isinstance(tree.get(inner), dict):
            tree = {**{key: value for key, value in tree.items() if key != inner}, **tree[inner]}
    scale = tree.get("depth_scale", tree.get("scale"))
    if scale is not None:  # what a unit holds, or what one of the picture's is worth
        scale = float(scale) if float(scale) >= 1.0 else 1.0 / float(scale)
    size = (int(tree["width"]), int(tree["height"])) if {"width", "height"} <= tree.keys() else None
    if "intrinsic_matrix" in tree:  # of Open3D, column after column
        matrix = np.array(tree["intrinsic_matrix"], dtype=np.float64)
        matrix = matrix.reshape(3, 3).T if matrix.ndim == 1 else matrix
        found = _of_numbers(matrix.reshape(-1).tolist())
    elif any(name in tree for name in ("K", "k", "camera_matrix")):  # of ROS, row after row
        values = next(tree[name] for name in ("K", "k", "camera_matrix") if name in tree)
        values = values["data"] if isinstance(values, dict) else values
        found = _of_numbers(np.array(values, dtype=np.float64).reshape(-1).tolist())
    else:
        cx, cy = (tree[name] if name in tree else tree[other] for name, other in (("cx", "ppx"), ("cy", "ppy")))
        found = Intrinsics(float(tree["fx"]), float(tree["fy"]), float(cx), float(cy))
    return Intrinsics(found.fx, found.fy, found.cx, found.cy, scale, size)


def _depths(path: Path) -> NDArray:
    """The depths (H, W) as they stand in the file."""
    check_readable(path)
    if suffix_of(path, SUFFIXES, "a depth picture") == ".npy":
        depths = open_npy(path)
        if depths.ndim != 2 or depths.dtype.kind not in "fiu" or not depths.size:
            raise FileError(f"{path} holds {depths.dtype} of shape {depths.shape}, but depths have shape (H, W); save them so.")
        check_size(_PIXEL * depths.size, path, "its pixels")
        return depths
    try:
        with Image.open(path, formats=FORMATS) as image:
            check_size(_PIXEL * image.width * image.height, path, "its pixels")
            if not image.mode.startswith("I;16") and image.mode not in ("I", "F"):
                raise FileError(
                    f"{path} is a picture of the mode {image.mode}, but depths are one channel of 16 bits; "
                    "save them so, not as colours."
                )
            return np.asarray(image)
    except OccnetError:
        raise
    except Exception as error:  # whatever the decoders stumble over in a damaged file
        raise FileError(f"{path} is no valid picture ({str(error)[:80]}); copy or export it again.") from error
