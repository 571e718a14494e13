"""Voxel grids from files of every format that is read: binvox, and plain arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from occnet.errors import FileError
from occnet.files.formats.arrays import open_npy
from occnet.files.formats.binvox import VoxelGrid, read_binvox
from occnet.files.limits import check_size
from occnet.files.opening import suffix_of

SUFFIXES = (".binvox", ".npy")


def read_voxels(path: Path) -> VoxelGrid:
    """The voxels of a .binvox file, or of an array (R, R, R) of bool or numbers (occupied above 0.5) in a .npy file.

    An array, which has no place in space, lies with its lowest corner at 0 and has voxels of edge 1.
    Raises FileError when the file is missing, damaged, or holds no cubic grid.
    """
    if suffix_of(path, SUFFIXES, "a voxel grid") == ".binvox":
        return read_binvox(path)
    values = open_npy(path)
    if values.ndim != 3 or len(set(values.shape)) != 1 or values.dtype.kind not in "bfiu" or not values.size:
        raise FileError(f"{path} holds {values.dtype} of shape {values.shape}, but voxels have shape (R, R, R); save them so.")
    check_size(values.size, path, "its voxels")
    return VoxelGrid(np.array(values > 0.5), np.zeros(3), float(len(values)))


def holds_grid(path: Path) -> bool:
    """Whether a .npy file holds an array of three dimensions, as voxels are. Raises FileError as `read_voxels` does."""
    return open_npy(path).ndim == 3
