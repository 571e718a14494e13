"""A dataset in the authors' ShapeNet layout -> our shards, which are read twenty times faster."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.spatial import KDTree

from occnet.data.dataset_files import FORMAT
from occnet.data.published_layout import PublishedSplit, is_published
from occnet.data.shards import ShapeSamples, to_fixed, write_shard
from occnet.data.splits import SPLITS
from occnet.errors import DatasetError
from occnet.files.atomic import atomic_path
from occnet.pipeline.progress import tracked

_UNIFORM, _NEAR, _SURFACE = 65_536, 16_384, 32_768  # points kept of a shape, where so many are stored
_SHAPES_PER_SHARD = 64


def convert_published(source: Path, dataset: Path) -> dict[str, int]:
    """Shapes written into each split of a dataset folder of ours, from a folder in the published layout.

    The layout stores no points near the surface on purpose; those of its uniform points that lie nearest to the surface
    take their place. Voxels and pictures come along where every shape of the split has them. Finished shards are kept
    when it is run again.

    Raises DatasetError when the source has another layout or lacks files.
    """
    if not is_published(source):
        raise DatasetError(f"{source} is no dataset in the published layout: it has no CATEGORY/train.lst.")
    dataset.mkdir(parents=True, exist_ok=True)
    with atomic_path(dataset / "dataset.json") as path:
        path.write_text(json.dumps({"format": FORMAT, "source": f"published layout, {source.name}"}), encoding="utf-8")
    counts = {}
    for name in SPLITS:
        if not any((source / listing).stat().st_size for listing in _lists(source, name)):
            continue
        split = PublishedSplit(source, name)
        for start in tracked(range(0, len(split), _SHAPES_PER_SHARD), f"Converting {name}"):
            folder = dataset / name / f"shard-{start // _SHAPES_PER_SHARD:05d}"
            if not folder.exists():
                stop = min(start + _SHAPES_PER_SHARD, len(split))
                write_shard(folder, [_samples(split, shape) for shape in range(start, stop)])
        counts[name] = len(split)
    return counts


def _lists(source: Path, split: str) -> list[Path]:
    return [path.relative_to(source) for path in source.glob(f"*/{'val' if split == 'validation' else split}.lst")]


def _samples(split: PublishedSplit, shape: int) -> ShapeSamples:
    generator = np.random.default_rng(shape)
    surface, normals = split.surface(shape, min(_SURFACE, split.surface_points), generator)
    points, inside = split.labelled(shape, "uniform", min(_UNIFORM, split.labelled_points("uniform")), generator)
    distance = KDTree(surface).query(points)[0]
    nearest = np.argpartition(distance, min(_NEAR, len(points) // 4))[: min(_NEAR, len(points) // 4)]
    generator.shuffle(nearest)
    return ShapeSamples(
        name=split.names[shape],
        uniform=to_fixed(points),
        uniform_inside=inside,
        near=to_fixed(points[nearest]),
        near_inside=inside[nearest],
        surface=to_fixed(surface),
        normals=np.rint(normals * 127).astype(np.int8),
        optional=_extras(split, shape),
    )


def _extras(split: PublishedSplit, shape: int) -> dict[str, np.ndarray]:
    extras: dict[str, np.ndarray] = {}
    if split.has_voxels:
        occupied = split.stored_voxels(shape)
        extras[f"voxels_{len(occupied)}"] = occupied
    if split.has_images:
        images = np.stack([split.image(shape, view) for view in range(split.views)])
        if images.shape[1] != images.shape[2]:
            raise DatasetError(f"The pictures of {split.names[shape]} are no squares ({images.shape[1:3]}); make them square.")
        extras[f"images_{images.shape[1]}"] = images
        extras[f"cameras_{images.shape[1]}"] = np.stack([split.camera(shape, view) for view in range(split.views)])
    return extras
