"""Voxel grids in binvox files, and where a grid lies in space."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.atomic import atomic_path
from occnet.files.limits import check_size
from occnet.files.opening import read_bytes
from occnet.files.tables import lines_of
from occnet.mesh import Frame

_MOST_VOXELS = 1024**3
_HEADER_BYTES = 4096  # the header is a few lines of text


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """A cubic grid of voxels: voxel (i, j, k) spans translate + scale * [i, i + 1] / R along x, and so on.

    occupied: (R, R, R) bool, xyz order. translate: (3,) float64, the grid's lowest corner. scale: its edge.
    """

    occupied: NDArray[np.bool_]
    translate: NDArray[np.float64]
    scale: float

    @property
    def frame(self) -> Frame:
        """How the grid lies over the unit cube: what a network makes of the voxels comes back here by it."""
        return Frame(self.translate + 0.5 * self.scale, self.scale)


def read_binvox(path: Path) -> VoxelGrid:
    """The voxels of a .binvox file, and where they lie.

    The format stores runs with y fastest, then z, then x; here they come in xyz order.
    Raises FileError when the file is missing, no binvox file, damaged, or its grid is no cube.
    """
    data = read_bytes(path)
    head, marker, body = data.partition(b"\ndata\n")
    if not data.startswith(b"#binvox") or not marker or len(head) > _HEADER_BYTES:
        raise FileError(f"{path} is no binvox file: it lacks the header '#binvox ... data'; voxelise the object again.")
    dimensions, translate, scale = _header(head, path)
    if len(set(dimensions)) != 1 or dimensions[0] < 1:
        raise FileError(f"{path} has a grid of {' x '.join(map(str, dimensions))} voxels, but a cube is needed; make it cubic.")
    total = dimensions[0] ** 3
    if total > _MOST_VOXELS:
        raise FileError(f"{path} has a grid of {dimensions[0]}^3 voxels, more than the 1024^3 that are read; make it coarser.")
    check_size(total, path, "its voxels")
    runs = np.frombuffer(body[: len(body) // 2 * 2], dtype=np.uint8).reshape(-1, 2)
    counts = runs[:, 1].astype(np.int64)
    filled = int(np.searchsorted(np.cumsum(counts), total)) + 1  # what follows the last voxel is left alone
    if int(counts[:filled].sum()) != total:
        raise FileError(f"{path} holds {int(counts.sum()):,} voxels, but its header promises {total:,}; copy it again.")
    values = np.repeat(runs[:filled, 0] != 0, counts[:filled])
    occupied = values.reshape((dimensions[0],) * 3).transpose(0, 2, 1)  # x, z, y -> x, y, z
    return VoxelGrid(np.ascontiguousarray(occupied), translate, scale)


def write_binvox(path: Path, grid: VoxelGrid) -> None:
    """Write a .binvox file, whole or not at all. Raises FileError when it cannot be written."""
    resolution = len(grid.occupied)
    flat = grid.occupied.transpose(0, 2, 1).reshape(-1).astype(np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    lengths = np.diff([*starts, len(flat)])
    pieces = -(-lengths // 255)  # a run holds at most 255 voxels
    counts = np.full(int(pieces.sum()), 255, dtype=np.uint8)
    counts[np.cumsum(pieces) - 1] = lengths - 255 * (pieces - 1)
    runs = np.stack([np.repeat(flat[starts], pieces), counts], axis=1)
    header = (
        f"#binvox 1\ndim {resolution} {resolution} {resolution}\n"
        f"translate {' '.join(repr(float(value)) for value in grid.translate)}\nscale {float(grid.scale)!r}\ndata\n"
    )
    with atomic_path(path) as partial:
        partial.write_bytes(header.encode("ascii") + runs.tobytes())


def _header(head: bytes, path: Path) -> tuple[list[int], NDArray[np.float64], float]:
    found: dict[str, list[str]] = {}
    for line in lines_of(head.decode("ascii", errors="replace"))[1:]:
        name, *values = line.split() or [""]
        found[name] = values
    try:
        dimensions = [int(value) for value in found["dim"]]
        translate = np.array([float(value) for value in found.get("translate", ["0", "0", "0"])])
        (scale,) = (float(value) for value in found.get("scale", ["1"]))
    except (KeyError, ValueError):
        raise FileError(
            f"{path} has a binvox header without whole 'dim', 'translate' and 'scale' lines; make it again."
        ) from None
    if len(dimensions) != 3 or translate.shape != (3,) or not np.isfinite(translate).all() or not 0.0 < scale < np.inf:
        raise FileError(f"{path} has a binvox header whose dim, translate or scale make no grid in space; make it again.")
    return dimensions, translate, scale
