"""Writes shapes in the authors' ShapeNet layout, so that their code and ours can be tried on the same small dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from occnet.files.atomic import atomic_path
from occnet.files.formats.binvox import VoxelGrid, write_binvox


@dataclass(frozen=True, eq=False)
class PublishedShape:
    """One shape as the published layout holds it, in its unit cube."""

    name: str
    points: NDArray[np.floating]  # (N, 3) uniform in the padded cube, N divisible by 8
    inside: NDArray[np.bool_]  # (N,)
    surface: NDArray[np.floating]  # (M, 3)
    normals: NDArray[np.floating]  # (M, 3)
    voxels: NDArray[np.bool_] | None = None  # (R, R, R) xyz order
    images: Sequence[NDArray[np.uint8]] = ()  # (H, W, 3) each
    cameras: Sequence[tuple[NDArray, NDArray]] = ()  # of each image: intrinsic (3, 3) in pixels, world to camera (3, 4)


def write_published(dataset: Path, category: str, splits: Mapping[str, Sequence[PublishedShape]]) -> None:
    """Write one category: its lists "train", "val" and "test", and a folder a shape."""
    for split, shapes in splits.items():
        for shape in shapes:
            write_published_shape(dataset / category / shape.name, shape)
        listing = "".join(f"{shape.name}\n" for shape in shapes)
        (dataset / category).mkdir(parents=True, exist_ok=True)
        (dataset / category / f"{split}.lst").write_text(listing, encoding="utf-8")
    known = {path.parent.name for path in dataset.glob("*/*.lst")}
    entries = "".join(f"{name!r}:\n  id: {name!r}\n  name: {name!r}\n" for name in sorted(known))
    (dataset / "metadata.yaml").write_text(entries, encoding="utf-8")


def write_published_shape(folder: Path, shape: PublishedShape) -> None:
    """Write points.npz, pointcloud.npz, and where the shape has them model.binvox and img_choy2016/."""
    folder.mkdir(parents=True, exist_ok=True)
    place = {"loc": np.zeros(3), "scale": np.float64(1.0)}
    half = shape.points.astype(np.float16)
    _write_arrays(folder / "points.npz", {"points": half, "occupancies": np.packbits(shape.inside), **place})
    cloud = {"points": shape.surface.astype(np.float16), "normals": shape.normals.astype(np.float16), **place}
    _write_arrays(folder / "pointcloud.npz", cloud)
    if shape.voxels is not None:
        write_binvox(folder / "model.binvox", VoxelGrid(shape.voxels, np.full(3, -0.5), 1.0))
    if len(shape.images):
        (folder / "img_choy2016").mkdir(exist_ok=True)
        for number, pixels in enumerate(shape.images):
            with atomic_path(folder / "img_choy2016" / f"{number:03d}.jpg") as path:
                Image.fromarray(pixels).save(path, quality=95)
        matrices = {}
        for number, (camera, world) in enumerate(shape.cameras):
            matrices |= {f"camera_mat_{number}": camera, f"world_mat_{number}": world}
        _write_arrays(folder / "img_choy2016" / "cameras.npz", matrices)


def _write_arrays(path: Path, arrays: Mapping[str, NDArray]) -> None:
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
