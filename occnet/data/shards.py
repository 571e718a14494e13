"""Prepared shapes on disk: shards of memory-mapped arrays with the points of each shape already shuffled.

A dataset is a folder with `dataset.json` and one folder a split; a split holds shards, folders that appear whole or not
at all. In a shard, array `uniform.npy` has shape (shapes, points, 3) and so on; the points of a shape come in random
order, so that any contiguous block is a fair sample and a training read touches one run of pages.

Coordinates are int16 multiples of STEP; labels are computed on the rounded coordinates, so that rounding never makes
a label wrong.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import DatasetError

FORMAT = "occnet-dataset-1"
STEP = 1.5 / 2**16  # 2.3e-5 of the longest edge; covers [-0.75, 0.75]
SPLITS = ("train", "validation", "test")
ARRAYS = ("uniform", "uniform_inside", "near", "near_inside", "surface", "normals")


def to_fixed(points: NDArray[np.floating]) -> NDArray[np.int16]:
    """Coordinates in [-0.75, 0.75] -> int16 multiples of STEP, rounded; beyond it they are clipped."""
    return np.clip(np.rint(points / STEP), -(2**15) + 1, 2**15 - 1).astype(np.int16)


def from_fixed(fixed: NDArray[np.int16]) -> NDArray[np.float32]:
    """int16 multiples of STEP -> float32 coordinates."""
    return fixed.astype(np.float32) * np.float32(STEP)


@dataclass(frozen=True, eq=False)
class ShapeSamples:
    """What is stored of one shape, in its unit cube."""

    name: str
    uniform: NDArray[np.int16]  # (U, 3) fixed-point, uniform in the padded cube
    uniform_inside: NDArray[np.bool_]  # (U,)
    near: NDArray[np.int16]  # (M, 3) fixed-point, near the surface
    near_inside: NDArray[np.bool_]  # (M,)
    surface: NDArray[np.int16]  # (S, 3) fixed-point, on the surface, by area
    normals: NDArray[np.int8]  # (S, 3) outward unit normals times 127


def write_shard(folder: Path, shapes: Sequence[ShapeSamples], rejected: Sequence[tuple[str, str]] = ()) -> None:
    """Write shapes as one shard; the folder appears under its name only when all of it is on disk.

    rejected: name and reason of each shape that should be in this shard and is not.
    """
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)  # left over from a run that was stopped
    partial.mkdir(parents=True)
    for name in ARRAYS if shapes else ():
        rows = [getattr(shape, name) for shape in shapes]
        stacked = np.stack([np.packbits(row) if row.dtype == np.bool_ else row for row in rows])
        np.save(partial / f"{name}.npy", stacked)
    (partial / "names.json").write_text(json.dumps([shape.name for shape in shapes]))
    (partial / "rejected.json").write_text(json.dumps(list(rejected)))
    partial.rename(folder)


class ShardedSplit:
    """All shards of one split, opened lazily and memory-mapped; shapes are numbered across shards.

    Raises DatasetError when the folder is no dataset of this format, or the split has no shapes.
    """

    def __init__(self, dataset: Path, split: str) -> None:
        self.dataset, self.split = Path(dataset), split
        description = self.dataset / "dataset.json"
        if not description.is_file():
            raise DatasetError(f"{dataset} is not a prepared dataset (no dataset.json in it); make one with `occnet prepare`.")
        found = json.loads(description.read_text()).get("format")
        if found != FORMAT:
            raise DatasetError(f"{dataset} has format {found!r}, but this version reads {FORMAT!r}; prepare it again.")
        self._folders = sorted(p for p in (self.dataset / split).glob("shard-*") if not p.name.endswith(".partial"))
        self._names = [json.loads((folder / "names.json").read_text()) for folder in self._folders]
        self._starts = np.cumsum([0, *(len(names) for names in self._names)])
        self._maps: dict[tuple[int, str], NDArray] = {}
        if not len(self):
            raise DatasetError(f"{dataset} has no shapes in its {split} split; prepare some with `occnet prepare`.")

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def names(self) -> list[str]:
        """Names of all shapes, in order."""
        return [name for names in self._names for name in names]

    @property
    def surface_points(self) -> int:
        """Surface points stored of each shape."""
        return len(self._row(0, "surface"))

    def _row(self, shape: int, array: str) -> NDArray:
        shard = int(np.searchsorted(self._starts, shape, side="right")) - 1
        key = (shard, array)
        if key not in self._maps:
            self._maps[key] = np.load(self._folders[shard] / f"{array}.npy", mmap_mode="r")
        return self._maps[key][shape - self._starts[shard]]

    def _block(self, total: int, count: int, generator: np.random.Generator) -> slice:
        if count > total:
            raise DatasetError(
                f"{self.dataset} stores {total} points a shape, but {count} are asked for; prepare it with more."
            )
        start = int(generator.integers(0, total - count + 1)) // 8 * 8  # bits are packed by eight
        return slice(start, start + count)

    def labelled(
        self, shape: int, array: str, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A random block of labelled points: array is "uniform" or "near"; points (count, 3), inside (count,)."""
        points = self._row(shape, array)
        block = self._block(len(points), count, generator)
        bits = self._row(shape, f"{array}_inside")[block.start // 8 : (block.stop + 7) // 8]
        return from_fixed(points[block]), np.unpackbits(bits)[:count].astype(bool)

    def surface(
        self, shape: int, count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A random block of surface points: points (count, 3), outward unit normals (count, 3)."""
        points = self._row(shape, "surface")
        block = self._block(len(points), count, generator)
        normals = self._row(shape, "normals")[block].astype(np.float32)
        return from_fixed(points[block]), normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
