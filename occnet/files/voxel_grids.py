"""Voxel grids from files of every format that is read: binvox, and arrays of NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.formats.arrays import POINT_NAMES, dimensions_in, is_grid_of_points, open_npy, read_arrays
from occnet.files.formats.binvox import VoxelGrid, read_binvox
from occnet.files.limits import check_size
from occnet.files.opening import suffix_of

SUFFIXES = (".binvox", ".npy", ".npz")
NAMES = ("voxels", "occupied", "occupancy", "occupancies", "grid")  # of arrays in .npz


def read_voxels(path: Path) -> VoxelGrid:
    """The voxels of a .binvox file, or of an array (R, R, R) of bool or numbers (occupied above 0.5) in a .npy or .npz file.

    In .npz the array is called voxels (or occupied, occupancy, grid), or is the only one of three dimensions. An array, which
    has no place in space, lies with its lowest corner at 0 and has voxels of edge 1.
    Raises FileError when the file is missing, damaged, or holds no cubic grid.
    """
    suffix = suffix_of(path, SUFFIXES, "a voxel grid")
    if suffix == ".binvox":
        return read_binvox(path)
    values = open_npy(path) if suffix == ".npy" else _archived(path)
    if values.ndim != 3 or len(set(values.shape)) != 1 or values.dtype.kind not in "bfiu" or not values.size:
        raise FileError(f"{path} holds {values.dtype} of shape {values.shape}, but voxels have shape (R, R, R); save them so.")
    check_size(values.size, path, "its voxels")
    return VoxelGrid(np.array(values > 0.5), np.zeros(3), float(len(values)))


def holds_grid(path: Path) -> bool:
    """Whether a .npy or .npz file holds voxels rather than points. Raises FileError as `read_voxels` does."""
    if path.suffix.lower() == ".npz":
        found = dimensions_in(path)
        return _grid_among(found) is not None and not set(POINT_NAMES) & found.keys()
    values = open_npy(path)
    return values.ndim == 3 and not is_grid_of_points(values)


def _archived(path: Path) -> NDArray:
    found = dimensions_in(path)
    name = _grid_among(found)
    if name is None:
        listed = ", ".join(f"{other} ({count}-D)" for other, count in [*found.items()][:8])
        raise FileError(f"{path} has the arrays {listed}, but no voxels; save them with shape (R, R, R), as 'voxels'.")
    return read_arrays(path, {name})[name]


def _grid_among(found: Mapping[str, int]) -> str | None:
    """The name of the array that is voxels, by the number of dimensions of each."""
    grids = [name for name, count in found.items() if count == 3]
    return next((name for name in NAMES if name in grids), grids[0] if len(grids) == 1 else None)
