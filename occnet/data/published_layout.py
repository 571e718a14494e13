"""The authors' ShapeNet layout, read as it is: a folder a category, a folder a shape, lists of names a split.

    metadata.yaml                         names of the categories
    02691156/train.lst, val.lst, test.lst names of the shapes
    02691156/NAME/points.npz              points (N, 3) float16 in the padded cube, occupancies as packed bits
    02691156/NAME/pointcloud.npz          points and normals (N, 3) float16 on the surface
    02691156/NAME/model.binvox            32^3 voxels
    02691156/NAME/img_choy2016/000.jpg    pictures, with cameras.npz beside them

Occupancy Networks (Mescheder et al. 2019), supplementary sec. 2.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from occnet.data.needs import Needs
from occnet.data.split_protocol import PreparedSplit
from occnet.errors import DatasetError, FileError
from occnet.files.formats.arrays import read_arrays
from occnet.files.formats.binvox import read_binvox
from occnet.files.images import read_image
from occnet.vectors import normalized

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32, UInt8

    from occnet.data.split_protocol import Labelled, Surface

_LISTS = {"train": "train.lst", "validation": "val.lst", "test": "test.lst"}
_IMAGES = "img_choy2016"
_KEPT = 64  # shapes whose arrays stay in memory: two hundred megabytes at the published sizes
_MEASURED = 16  # shapes of a split whose arrays are opened by a check; those of all would take minutes
_HALF_STEP = 1e-4  # half-precision points lie on a lattice; the published code moves them by this deviation


def is_published(dataset: Path) -> bool:
    """Whether a folder has the published layout: a category with a list of shapes in it, and no dataset.json."""
    folder = Path(dataset)
    return not (folder / "dataset.json").exists() and any(folder.glob("*/*.lst"))


class PublishedSplit(PreparedSplit):
    """One split over all categories of a dataset in the published layout; shapes are named "CATEGORY/NAME".

    Raises DatasetError when the folder has another layout or the split no shapes.
    """

    def __init__(self, dataset: Path, split: str) -> None:
        self.dataset, self.split = Path(dataset), split
        self._names = [
            f"{listing.parent.name}/{name.strip()}"
            for listing in sorted(self.dataset.glob(f"*/{_LISTS[split]}"))
            for name in listing.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            if name.strip()
        ]
        self._arrays: OrderedDict[tuple[int, str], dict[str, NDArray]] = OrderedDict()
        if not self._names:
            raise DatasetError(f"{dataset} lists no shapes in its {split} split (*/{_LISTS[split]}); check the folder.")

    def __len__(self) -> int:
        return len(self._names)

    @property
    def names(self) -> list[str]:
        """Names of all shapes, in order: "CATEGORY/NAME"."""
        return list(self._names)

    @property
    def surface_points(self) -> int:
        """Surface points stored of the first shape."""
        return self._points(0, "surface")

    def labelled_points(self, array: str) -> int:
        """Labelled points stored of the first shape; array is "uniform". Raises DatasetError for "near"."""
        return self._points(0, array)

    @property
    def has_voxels(self) -> bool:
        """Whether the first shape has voxels."""
        return (self._folder(0) / "model.binvox").is_file()

    @property
    def has_images(self) -> bool:
        """Whether the first shape has pictures."""
        return (self._folder(0) / _IMAGES).is_dir()

    @property
    def views(self) -> int:
        """Pictures stored of the first shape. Raises DatasetError when there are none."""
        count = len(list((self._folder(0) / _IMAGES).glob("*.jpg")))
        if not count:
            raise DatasetError(f"{self._folder(0) / _IMAGES} holds no pictures; get the images of the dataset, too.")
        return count

    def labelled(self, shape: int, array: str, count: int, generator: np.random.Generator) -> Labelled:
        """Random labelled points: array is "uniform"; points (count, 3) in the padded cube, inside (count,) bool.

        Raises DatasetError for "near", which this layout does not have, and when fewer points are stored.
        """
        self._check_array(array)
        stored = self._stored(shape, "points.npz", ("points", "occupancies"))
        points = stored["points"]
        chosen = self._chosen(len(points), count, generator)
        bits = stored["occupancies"]
        inside = bits if len(bits) == len(points) else np.unpackbits(bits)[: len(points)]
        return _spread(points[chosen], generator), inside[chosen].astype(bool)

    def _check_array(self, array: str) -> None:
        if array != "uniform":
            raise DatasetError(
                f"{self.dataset} stores no points near the surface; set near_queries = 0, or convert it by `occnet import`."
            )

    def surface(self, shape: int, count: int, generator: np.random.Generator) -> Surface:
        """Random surface points: points (count, 3), outward unit normals (count, 3)."""
        stored = self._stored(shape, "pointcloud.npz", ("points", "normals"))
        chosen = self._chosen(len(stored["points"]), count, generator)
        normals = stored["normals"][chosen].astype(np.float32)
        return stored["points"][chosen].astype(np.float32), normalized(normals)

    def voxels(self, shape: int, resolution: int) -> Bool[np.ndarray, "r r r"]:
        """The voxels of model.binvox, (R, R, R) bool, xyz order. Raises DatasetError when they have another resolution."""
        occupied = self.stored_voxels(shape)
        if len(occupied) != resolution:
            path = self._folder(shape) / "model.binvox"
            raise DatasetError(
                f"{path} holds {len(occupied)}^3 voxels, but the recipe reads {resolution}^3; change its encoder."
            )
        return occupied

    def stored_voxels(self, shape: int) -> Bool[np.ndarray, "r r r"]:
        """The voxels of model.binvox at their own resolution, (R, R, R) bool, xyz order."""
        path = self._folder(shape) / "model.binvox"
        if not path.is_file():
            raise DatasetError(f"{path} is missing; get the voxels of the dataset, too.")
        return read_binvox(path).occupied

    def image(self, shape: int, view: int, size: int | None = None) -> UInt8[np.ndarray, "h w 3"]:
        """Picture number view, (H, W, 3) uint8 sRGB, as large as it is stored; size is there for likeness' sake."""
        del size
        return read_image(self._folder(shape) / _IMAGES / f"{view:03d}.jpg")

    def camera(self, shape: int, view: int, size: int | None = None) -> Float32[np.ndarray, "3 4"]:
        """The camera of that picture, (3, 4): times (x, y, z, 1) it gives (u w, v w, w) with u right and v down in pixels."""
        del size
        path = self._folder(shape) / _IMAGES / "cameras.npz"
        names = (f"camera_mat_{view}", f"world_mat_{view}")
        stored = self._stored(shape, str(path.relative_to(self._folder(shape))), names)
        return (stored[names[0]][:3, :3] @ stored[names[1]][:3, :4]).astype(np.float32)

    def check(self, needs: Needs, shapes: Sequence[int] | None = None) -> None:
        """Raise DatasetError unless all shapes, or those with these numbers, have the files that are needed.

        The sizes of what is in the files are compared for some shapes, spread over these.
        """
        chosen = range(len(self)) if shapes is None else shapes
        files = {"points.npz": any(amount.array == "uniform" for amount in needs.amounts)}
        files["pointcloud.npz"] = any(amount.array == "surface" for amount in needs.amounts)
        files["model.binvox"] = needs.voxels > 0
        files[f"{_IMAGES}/cameras.npz"] = needs.cameras
        files[f"{_IMAGES}/{self.views - 1 if needs.pictures else 0:03d}.jpg"] = needs.pictures  # the last one
        for shape in chosen:
            for file in (file for file, needed in files.items() if needed):
                if not (self._folder(shape) / file).is_file():
                    raise self._missing(shape, file)
        for shape in chosen[:: max(1, len(chosen) // _MEASURED)]:
            for amount in needs.amounts:
                amount.check(self._points(shape, amount.array), self._folder(shape))
            if needs.voxels:
                self.voxels(shape, needs.voxels)

    def _folder(self, shape: int) -> Path:
        return self.dataset / self._names[shape]

    def _stored(self, shape: int, file: str, names: tuple[str, ...]) -> dict[str, NDArray]:
        key = (shape, file)
        if key not in self._arrays or not self._arrays[key].keys() >= set(names):
            path = self._folder(shape) / file
            if not path.is_file():
                raise self._missing(shape, file)
            self._arrays[key] = {**self._arrays.get(key, {}), **_arrays_in(path, names)}
            while len(self._arrays) > _KEPT:
                self._arrays.popitem(last=False)
        self._arrays.move_to_end(key)
        return self._arrays[key]

    def _points(self, shape: int, array: str) -> int:
        """Points stored of a shape in "surface" or "uniform"."""
        if array == "surface":
            return len(self._stored(shape, "pointcloud.npz", ("points", "normals"))["points"])
        self._check_array(array)
        return len(self._stored(shape, "points.npz", ("points", "occupancies"))["points"])

    def _missing(self, shape: int, file: str) -> DatasetError:
        path = self._folder(shape) / file
        return DatasetError(f"{path} is missing; get it, or take {self._names[shape]} off the lists.")

    def _chosen(self, total: int, count: int, generator: np.random.Generator) -> NDArray[np.intp]:
        if count > total:
            raise DatasetError(f"{self.dataset} stores {total} points a shape, but {count} are asked for; ask for fewer.")
        return generator.choice(total, count, replace=False)


def _arrays_in(path: Path, names: tuple[str, ...]) -> dict[str, NDArray]:
    """Those arrays of an .npz file. Raises DatasetError when it is damaged, lacks one, or they have other shapes."""
    try:
        arrays = read_arrays(path, names)
    except FileError as problem:
        raise DatasetError(str(problem)) from problem
    for name in names:
        if name not in arrays or not _fits(name, arrays[name], len(arrays.get("points", ()))):
            held = f"{name} of shape {arrays[name].shape}" if name in arrays else f"no array {name}"
            raise DatasetError(f"{path} is damaged: it holds {held}; get it again, as it was published.")
    return arrays


def _fits(name: str, array: NDArray, points: int) -> bool:
    """Whether an array has the shape that its name promises, beside so many points."""
    if array.dtype.kind not in "fiub":
        return False
    if name == "occupancies":  # a byte a point, or a bit
        return array.shape == (points,) or (array.shape == (-(-points // 8),) and array.dtype == np.uint8)
    if name in ("points", "normals"):
        return array.shape == (points, 3)
    return array.ndim == 2 and array.shape[0] >= 3 and array.shape[1] >= (4 if name.startswith("world") else 3)


def _spread(points: NDArray, generator: np.random.Generator) -> NDArray[np.float32]:
    # half precision puts points on planes; the published code breaks that up, and so the labels fit as there
    result = points.astype(np.float32)
    if points.dtype == np.float16:
        result += np.float32(_HALF_STEP) * generator.standard_normal(result.shape, dtype=np.float32)
    return result
