"""KITTI's .bin: the points of one turn of a laser scanner around itself, four float32 a point (x, y, z, reflectance)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from occnet.errors import FileError
from occnet.files.contents import Contents
from occnet.files.limits import check_size
from occnet.files.opening import read_bytes

FARTHEST = 1e4  # metres; a file of something else has numbers of any size
BRIGHTEST = 255.0
CLOUD_COMPARE = b"CCB"  # how CloudCompare's own .bin begins


def read_kitti(path: Path) -> Contents:
    """The points of a .bin file in the layout of KITTI, seen from the scanner at the origin.

    Raises FileError when the file is another .bin, of which there are many.
    """
    data = read_bytes(path)
    if data.startswith(CLOUD_COMPARE):
        raise FileError(f"{path} is a project of CloudCompare; save its cloud as .ply there.")
    rows = np.frombuffer(data[: len(data) // 16 * 16], "<f4").reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        likely = (np.abs(rows[:, :3]) < FARTHEST).all() and ((rows[:, 3] >= 0.0) & (rows[:, 3] <= BRIGHTEST)).all()
    if len(data) % 16 or not likely:
        raise FileError(
            f"{path} is no .bin file in the layout of KITTI (x, y, z, reflectance as float32); save its points as .ply."
        )
    check_size(24 * len(rows), path, "its points")
    return Contents(
        rows[:, :3].astype(np.float64), sensors=np.zeros((1, 3)), notes=("Its sensor is taken to be at the origin.",)
    )
