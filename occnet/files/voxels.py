"""Voxel grids from files of every format that is read: binvox, and plain arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from occnet.errors import FileError
from occnet.files.binvox import VoxelGrid, read_binvox
from occnet.files.opening import check_readable, suffix_of

SUFFIXES = (".binvox", ".npy")


def read_voxels(path: Path) -> VoxelGrid:
    """The voxels of a .binvox file, or of an array (R, R, R) of bool or numbers (occupied above 0.5) in a .npy file.

    An array, which has no place in space, lies with its lowest corner at 0 and has voxels of edge 1.
    Raises FileError when the file is missing, damaged, or holds no cubic grid.
    """
    check_readable(path)
    if suffix_of(path, SUFFIXES, "a voxel grid") == ".binvox":
        return read_binvox(path)
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as problem:
        raise FileError(f"{path} is no .npy file, or is damaged ({str(problem)[:80]}); save the voxels again.") from None
    if values.ndim != 3 or len(set(values.shape)) != 1 or values.dtype.kind not in "bfiu" or not values.size:
        raise FileError(f"{path} holds {values.dtype} of shape {values.shape}, but voxels have shape (R, R, R); save them so.")
    return VoxelGrid(np.array(values > 0.5), np.zeros(3), float(len(values)))
