"""Prepared shapes on disk: shards of memory-mapped arrays with the points of each shape already shuffled.

A dataset is a folder with `dataset.json` and one folder a split; a split holds shards, folders that appear whole or not
at all. In a shard, array `uniform.npy` has shape (shapes, points, 3) and so on; the points of a shape come in random
order, so that any contiguous block is a fair sample and a training read touches one run of pages. Every shard carries the
SHA-256 of its files.

Coordinates are int16 multiples of STEP; labels are computed on the rounded coordinates, so that rounding never makes
a label wrong. Optional arrays (voxels, images, cameras, scans) are there when they were asked for at preparation.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from occnet.data.array_forms import check_form
from occnet.data.dataset_files import (
    CHECKSUMS,
    NAMES,
    REPORT,
    Row,
    checksum,
    finished_shards,
    mapped,
    read_description,
    read_names,
)
from occnet.data.needs import Needs
from occnet.data.split_protocol import PreparedSplit
from occnet.errors import DatasetError
from occnet.vectors import normalized

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float32, Int8, Int16, UInt8

    from occnet.data.split_protocol import Labelled, Surface

STEP = 1.5 / 2**16  # 2.3e-5 of the longest edge; covers [-0.75, 0.75]
ARRAYS = ("uniform", "uniform_inside", "near", "near_inside", "surface", "normals")  # those that every dataset has
MAPS_KEPT = 1024  # memory maps open at once; a process may have 65,530 on Linux


def to_fixed(points: Float[np.ndarray, "*n 3"]) -> Int16[np.ndarray, "*n 3"]:
    """Coordinates in [-0.75, 0.75] -> int16 multiples of STEP, rounded; beyond it they are clipped."""
    return np.clip(np.rint(points / STEP), -(2**15) + 1, 2**15 - 1).astype(np.int16)


def from_fixed(fixed: Int16[np.ndarray, "*n 3"]) -> Float32[np.ndarray, "*n 3"]:
    """int16 multiples of STEP -> float32 coordinates."""
    return fixed.astype(np.float32) * np.float32(STEP)


@dataclass(frozen=True, eq=False)
class ShapeSamples:
    """What is stored of one shape, in its unit cube."""

    name: str
    uniform: Int16[np.ndarray, "u 3"]  # (U, 3) fixed-point, uniform in the padded cube
    uniform_inside: Bool[np.ndarray, " u"]  # (U,)
    near: Int16[np.ndarray, "m 3"]  # (M, 3) fixed-point, near the surface
    near_inside: Bool[np.ndarray, " m"]  # (M,)
    surface: Int16[np.ndarray, "s 3"]  # (S, 3) fixed-point, on the surface, by area
    normals: Int8[np.ndarray, "s 3"]  # (S, 3) outward unit normals times 127
    optional: Mapping[str, NDArray] = field(default_factory=dict)
    """By name: voxels_R (R, R, R) bool; images_S (V, S, S, 3) uint8 and cameras_S (V, 3, 4) float32; scans (K, N, 3) int16."""

    @property
    def stored(self) -> dict[str, NDArray]:
        """All arrays by the name of their file; those of bool as packed bits."""
        every = {**{name: getattr(self, name) for name in ARRAYS}, **self.optional}
        return {name: np.packbits(array) if array.dtype == np.bool_ else array for name, array in every.items()}


def write_shard(folder: Path, shapes: Sequence[ShapeSamples], report: Sequence[Row] = ()) -> None:
    """Write shapes as one shard; the folder appears under its name only when all of it is on disk."""
    write_stored(folder, [shape.name for shape in shapes], [shape.stored for shape in shapes], report)


def write_stored(folder: Path, names: Sequence[str], rows: Sequence[Mapping[str, NDArray]], report: Sequence[Row] = ()) -> None:
    """As write_shard, from the names of the shapes and what `ShapeSamples.stored` gave of each."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)  # left over from a run that was stopped
    partial.mkdir(parents=True)
    for array in rows[0] if rows else ():
        np.save(partial / f"{array}.npy", np.stack([row[array] for row in rows]))
    (partial / NAMES).write_text(json.dumps(list(names)), encoding="utf-8")
    (partial / REPORT).write_text(json.dumps(list(report)), encoding="utf-8")
    sums = {path.name: checksum(path) for path in sorted(partial.iterdir())}
    (partial / CHECKSUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8")
    for path in partial.iterdir():
        _sync(path)
    partial.rename(folder)


def _sync(path: Path) -> None:
    with path.open("r+b") as file:  # Windows flushes only through a handle that may write
        os.fsync(file.fileno())


class ShardedSplit(PreparedSplit):
    """All shards of one split, opened lazily and memory-mapped; shapes are numbered across shards.

    Memory does not grow with the dataset: of each shard only its number of shapes is kept, and the maps used last. A split
    may be handed to other processes, which map the files themselves.

    Raises DatasetError when the folder is no dataset of this format, or the split has no shapes.
    """

    def __init__(self, dataset: Path, split: str) -> None:
        self.dataset, self.split = Path(dataset), split
        read_description(self.dataset)
        self._folders = finished_shards(self.dataset / split)
        self._starts = np.cumsum([0, *(len(read_names(folder)) for folder in self._folders)])
        self._maps: OrderedDict[tuple[int, str], NDArray] = OrderedDict()
        if not len(self):
            raise DatasetError(f"{dataset} has no shapes in its {split} split; prepare some with `occnet prepare`.")

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_maps": OrderedDict()}  # pickled, a map would become a copy of its file

    @property
    def names(self) -> list[str]:
        """Names of all shapes, in order."""
        return [name for folder in self._folders for name in read_names(folder)]

    @property
    def surface_points(self) -> int:
        """Surface points stored of each shape."""
        return len(self._row(0, "surface"))

    def labelled_points(self, array: str) -> int:
        """Labelled points stored of each shape in "uniform" or "near"."""
        return len(self._row(0, array))

    def labelled(self, shape: int, array: str, count: int, generator: np.random.Generator) -> Labelled:
        """A random block of labelled points: array is "uniform" or "near"; points (count, 3), inside (count,)."""
        points = self._row(shape, array)
        block = self._block(len(points), count, generator)
        bits = self._row(shape, f"{array}_inside")[block.start // 8 : (block.stop + 7) // 8]
        return from_fixed(points[block]), np.unpackbits(bits)[:count].astype(bool)

    def surface(self, shape: int, count: int, generator: np.random.Generator) -> Surface:
        """A random block of surface points: points (count, 3), outward unit normals (count, 3)."""
        points = self._row(shape, "surface")
        block = self._block(len(points), count, generator)
        normals = self._row(shape, "normals")[block].astype(np.float32)
        return from_fixed(points[block]), normalized(normals)

    def voxels(self, shape: int, resolution: int) -> Bool[np.ndarray, "r r r"]:
        """Whether the centre of each voxel of the unit cube lies inside the shape, (R, R, R) bool, xyz order.

        Raises DatasetError when the dataset was prepared without voxels of this resolution.
        """
        bits = self._optional(shape, f"voxels_{resolution}", f"voxels of {resolution}", f"--voxels {resolution}")
        return np.unpackbits(bits, count=resolution**3).astype(bool).reshape((resolution,) * 3)

    @property
    def image_sizes(self) -> tuple[int, ...]:
        """The edges in pixels of the images that are stored of each view, ascending; empty without images."""
        stored = (path.stem.split("_") for path in self._folders[self._shard(0)].glob("images_*.npy"))
        return tuple(sorted(int(size) for _, size in stored))

    @property
    def views(self) -> int:
        """The number of views rendered of each shape. Raises DatasetError when the dataset was prepared without images."""
        return len(self._picture(0, "cameras", None))

    def image(self, shape: int, view: int, size: int | None = None) -> UInt8[np.ndarray, "h w 3"]:
        """One rendered view, (H, W, 3) uint8 sRGB; size: its edge in pixels, the largest that is stored by default.

        Raises DatasetError when the dataset was prepared without such images.
        """
        return np.array(self._picture(shape, "images", size)[view])

    def camera(self, shape: int, view: int, size: int | None = None) -> Float32[np.ndarray, "3 4"]:
        """The camera of that image, (3, 4) float32: times a point (x, y, z, 1) of the unit cube it gives (u w, v w, w), where
        u runs right and v down in pixels, pixel k covering [k, k + 1), and w is the depth along the optical axis.

        Raises DatasetError when the dataset was prepared without such images.
        """
        return np.array(self._picture(shape, "cameras", size)[view])

    @property
    def scans(self) -> int:
        """The number of depth-camera scans stored of each shape. Raises DatasetError when there are none."""
        return len(self._optional(0, "scans", "depth-camera scans", "--scans"))

    def scan(self, shape: int, number: int) -> Float32[np.ndarray, "n 3"]:
        """One partial cloud of simulated depth cameras, in random order, (N, 3) float32 in the unit cube.

        Raises DatasetError when the dataset was prepared without scans.
        """
        return from_fixed(self._optional(shape, "scans", "depth-camera scans", "--scans")[number])

    def check(self, needs: Needs, shapes: Sequence[int] | None = None) -> None:
        """Raise DatasetError unless all shapes, or those with these numbers, have what is needed: one is asked a shard."""
        chosen = np.arange(len(self)) if shapes is None else np.asarray(shapes)
        for shard in np.unique(np.searchsorted(self._starts, chosen, side="right") - 1):
            folder, first = self._folders[shard], int(self._starts[shard])
            for amount in needs.amounts:
                stored = (folder / f"{amount.array}.npy").exists() and len(self._row(first, amount.array))
                amount.check(int(stored), folder)
            if needs.voxels:
                self.voxels(first, needs.voxels)
            for array in ["images"] * needs.pictures + ["cameras"] * needs.cameras:
                if (views := len(self._picture(first, array, None))) != self.views:
                    raise DatasetError(f"{folder} stores {views} pictures a shape, but others {self.views}; prepare it again.")

    def _shard(self, shape: int) -> int:
        if not 0 <= shape < len(self):
            raise IndexError(f"shape {shape} of {len(self)}")
        return int(np.searchsorted(self._starts, shape, side="right")) - 1

    def _row(self, shape: int, array: str) -> NDArray:
        shard = self._shard(shape)
        key = (shard, array)
        if key not in self._maps:
            path = self._folders[shard] / f"{array}.npy"
            found = mapped(path)
            check_form(found, path, int(self._starts[shard + 1] - self._starts[shard]))
            self._maps[key] = found
            while len(self._maps) > MAPS_KEPT:
                self._maps.popitem(last=False)
        self._maps.move_to_end(key)
        return self._maps[key][shape - self._starts[shard]]

    def _optional(self, shape: int, array: str, what: str, option: str) -> NDArray:
        try:
            return self._row(shape, array)
        except FileNotFoundError:
            raise DatasetError(
                f"{self.dataset} was prepared without {what}; make it anew by `occnet prepare ... {option}`."
            ) from None

    def _picture(self, shape: int, array: str, size: int | None) -> NDArray:
        if size is None:
            size = max(self.image_sizes, default=None)
        what, option = (f"images of {size} pixels", f"--views 24 --image-sizes {size}") if size else ("images", "--views 24")
        return self._optional(shape, f"{array}_{size}", what, option)

    def _block(self, total: int, count: int, generator: np.random.Generator) -> slice:
        if count > total:
            raise DatasetError(
                f"{self.dataset} stores {total} points a shape, but {count} are asked for; prepare it with more."
            )
        start = int(generator.integers(0, total - count + 1)) // 8 * 8  # bits are packed by eight
        return slice(start, start + count)
