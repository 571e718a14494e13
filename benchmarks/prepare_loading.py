"""How fast labelled points are read for training: our shards against the published layout, one .npz a shape."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from occnet.data.procedural import ProceduralSplit
from occnet.data.scans import ScanConfig, simulate_scan
from occnet.data.shards import ShardedSplit
from occnet.data.sources import MeshSource
from occnet.data.split_protocol import Split
from occnet.pipeline.prepare.prepare import PrepareOptions, prepare_synthetic

_SHAPES, _POINTS, _QUERIES, _CLOUD = 24, 100_000, 2048, 300


def loading(source: MeshSource) -> list[tuple[str, ...]]:
    """Shapes a second from each layout, for the same shapes: 2,048 labelled points and a cloud of 300, warm cache."""
    del source  # the points do not depend on the meshes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = PrepareOptions(uniform_points=_POINTS, near_points=1024, surface_points=_POINTS, workers=1)
        prepare_synthetic(_SHAPES, folder / "data", options)
        split = ShardedSplit(folder / "data", "train")
        generator = np.random.default_rng(0)
        for shape in range(len(split)):  # as the published files: half precision, packed bits, all points in one archive
            points, inside = split.labelled(shape, "uniform", _POINTS, generator)
            surface, normals = split.surface(shape, _POINTS, generator)
            target = folder / f"{shape}"
            target.mkdir()
            np.savez(target / "points.npz", points=points.astype(np.float16), occupancies=np.packbits(inside))
            np.savez(target / "pointcloud.npz", points=surface.astype(np.float16), normals=normals.astype(np.float16))

        def published(shape: int) -> None:
            with np.load(folder / f"{shape}" / "points.npz") as file:
                points, bits = file["points"], np.unpackbits(file["occupancies"])[:_POINTS]
            chosen = generator.integers(0, len(points), size=_QUERIES)
            _ = points[chosen].astype(np.float32), bits[chosen].astype(np.float32)
            with np.load(folder / f"{shape}" / "pointcloud.npz") as file:
                surface, normals = file["points"], file["normals"]
            chosen = generator.integers(0, len(surface), size=_CLOUD)
            _ = surface[chosen].astype(np.float32), normals[chosen].astype(np.float32)

        def ours(shape: int) -> None:
            split.labelled(shape, "uniform", _QUERIES, generator)
            split.surface(shape, _CLOUD, generator)

        slow, fast = _rate(published, len(split), 3), _rate(ours, len(split), 60)
    return [
        ("published .npz layout", f"{slow:,.0f} shapes a CPU second"),
        ("our shards", f"{fast:,.0f} shapes a CPU second"),
        ("ratio", f"{fast / slow:.0f} x"),
    ]


def procedural() -> list[tuple[str, ...]]:
    """CPU milliseconds for the cloud and labelled points of a training sample: made when asked for, or read from a shard."""
    with tempfile.TemporaryDirectory() as name:
        prepare_synthetic(_SHAPES, Path(name) / "data", PrepareOptions(workers=1))
        stored, endless = ShardedSplit(Path(name) / "data", "train"), ProceduralSplit("train")
        rows: list[tuple[str, ...]] = [("points of the scan", "made, ms", "read, ms")]
        for points in (300, 3000, 10_000):
            config = ScanConfig(points_min=points, points_max=points)

            def read(shape: int, split: Split, config: ScanConfig = config, points: int = points) -> None:
                simulate_scan(split, shape, points, config, np.random.default_rng(shape))

            read(0, endless)
            made = _rate(partial(read, split=endless), 40, 1)
            rows.append((f"{points:,}", f"{1e3 / made:.1f}", f"{1e3 / _rate(partial(read, split=stored), len(stored), 5):.1f}"))
    return rows


def _rate(read, shapes: int, rounds: int) -> float:
    for shape in range(shapes):
        read(shape)
    begin = time.process_time()
    for _ in range(rounds):
        for shape in range(shapes):
            read(shape)
    return rounds * shapes / (time.process_time() - begin)
