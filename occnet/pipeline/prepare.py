"""Meshes or procedural shapes -> a dataset to train on: labels, surface samples, shards."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from rich.progress import Progress

from occnet.data.shards import FORMAT, ShapeSamples, from_fixed, to_fixed, write_shard
from occnet.data.sources import open_meshes
from occnet.data.splits import split_of
from occnet.errors import DatasetError, MeshError, OccnetError
from occnet.files.atomic import atomic_path
from occnet.geometry.inside import is_inside, winding_number
from occnet.geometry.orientation import outward
from occnet.geometry.sampling import sample_near_surface, sample_outer_surface, sample_surface, sample_volume
from occnet.mesh import Frame, Mesh
from occnet.shapes import sample_shapes


@dataclass(frozen=True)
class PrepareOptions:
    """How meshes become a dataset. Lengths are in units of each shape's longest edge."""

    seed: int = 0  # of all random points; the dataset depends on nothing else
    uniform_points: int = 16_384  # labelled points a shape, uniform in the cube with 0.1 padding
    near_points: int = 24_576  # labelled points a shape, near the surface
    near_deviations: tuple[float, ...] = (0.008, 0.025, 0.08)  # distances of these points from the surface
    surface_points: int = 20_480  # points on the surface with normals, a shape
    doubtful_share: float = 0.01  # a mesh is rejected when more of its near points are neither clearly in nor out
    shapes_per_shard: int = 64  # shapes in one shard
    workers: int = os.cpu_count() or 1  # processes


@dataclass(frozen=True)
class Prepared:
    """What a preparation did."""

    shapes: int  # shapes in the dataset, over all splits
    rejected: tuple[tuple[str, str], ...]  # name and reason of each mesh that is not in it


def prepare_meshes(meshes: Path, dataset: Path, options: PrepareOptions) -> Prepared:
    """Sample and label every mesh at that path (a folder, a file, or a bundle) into a dataset folder.

    A shape's split follows from its name alone. Finished shards are kept when the command is run again.
    `rejected.csv` in the dataset lists the meshes that bound no solid, with the reason.
    """
    names = open_meshes(meshes).names
    return _prepare(names, partial(_mesh_shard, meshes, options), dataset, options, source=Path(meshes).name)


def prepare_synthetic(count: int, dataset: Path, options: PrepareOptions) -> Prepared:
    """Sample and label count procedural shapes (see `occnet.shapes`) into a dataset folder."""
    if count < 1:
        raise DatasetError(f"The number of synthetic shapes must be at least 1, but is {count}.")
    names = [f"synthetic/{options.seed}/{index}" for index in range(count)]
    return _prepare(names, partial(_synthetic_shard, options), dataset, options, source="synthetic")


def sample_mesh(name: str, mesh: Mesh, options: PrepareOptions) -> ShapeSamples:
    """The samples of one mesh. Raises MeshError when it bounds no solid."""
    generator = np.random.default_rng((options.seed, zlib.crc32(name.encode())))
    if not len(mesh.faces):
        raise MeshError("it has no faces")
    mesh = outward(Frame.of(mesh.triangles.reshape(-1, 3)).mesh_to_unit(mesh))
    doubtful = _doubtful_share(mesh, options, generator)
    if doubtful > options.doubtful_share:
        raise MeshError(f"it is open: {doubtful:.1%} of the points near its surface are neither inside nor outside")
    surface, normals, _ = sample_outer_surface(mesh, options.surface_points, generator)
    around = surface[generator.integers(len(surface), size=options.near_points)]
    near = to_fixed(sample_near_surface(around, options.near_deviations, generator))
    uniform = to_fixed(sample_volume(options.uniform_points, generator))
    return ShapeSamples(
        name=name,
        uniform=uniform,
        uniform_inside=is_inside(mesh, from_fixed(uniform)),
        near=near,
        near_inside=is_inside(mesh, from_fixed(near)),
        surface=to_fixed(surface),
        normals=np.rint(normals * 127).astype(np.int8),
    )


def _doubtful_share(mesh: Mesh, options: PrepareOptions, generator: np.random.Generator) -> float:
    points, _, _ = sample_surface(mesh, 4096, generator)
    winding = winding_number(mesh, sample_near_surface(points, options.near_deviations, generator))
    return float(((winding > 0.15) & (winding < 0.85)).mean())


_Shard = tuple[list[ShapeSamples], list[tuple[str, str]]]


def _mesh_shard(path: Path, options: PrepareOptions, indices: Sequence[int]) -> _Shard:
    source = open_meshes(path)
    samples: list[ShapeSamples] = []
    rejected: list[tuple[str, str]] = []
    for index in indices:
        name = source.names[index]
        try:
            samples.append(sample_mesh(name, source.read(index), options))
        except OccnetError as problem:
            rejected.append((name, str(problem)))
    return samples, rejected


def _synthetic_shard(options: PrepareOptions, indices: Sequence[int]) -> _Shard:
    torch.set_num_threads(1)
    samples = [_sample_synthetic(index, options) for index in indices]
    return samples, []


def _sample_synthetic(index: int, options: PrepareOptions) -> ShapeSamples:
    generator = np.random.default_rng((options.seed, index))
    shape = sample_shapes(1, seed=options.seed, first=index)
    points, normals = shape.surface(options.surface_points, seed=index)
    surface = points[0].double().numpy()
    around = surface[generator.integers(len(surface), size=options.near_points)]
    near = to_fixed(sample_near_surface(around, options.near_deviations, generator))
    uniform = to_fixed(sample_volume(options.uniform_points, generator))
    inside = shape.occupancy(torch.from_numpy(from_fixed(np.concatenate([uniform, near])))[None])[0].numpy()
    return ShapeSamples(
        name=f"synthetic/{options.seed}/{index}",
        uniform=uniform,
        uniform_inside=inside[: len(uniform)],
        near=near,
        near_inside=inside[len(uniform) :],
        surface=to_fixed(surface),
        normals=np.rint(normals[0].numpy() * 127).astype(np.int8),
    )


def _prepare(
    names: Sequence[str], shard: Callable[[Sequence[int]], _Shard], dataset: Path, options: PrepareOptions, *, source: str
) -> Prepared:
    dataset = Path(dataset)
    _describe(dataset, options, source)
    jobs = [
        (dataset / split / f"shard-{number:05d}", indices)
        for split, members in _by_split(names).items()
        for number, indices in enumerate(_chunks(members, options.shapes_per_shard))
    ]
    waiting = [(folder, indices) for folder, indices in jobs if not folder.exists()]
    with Progress() as progress:
        task = progress.add_task("Preparing shapes", total=len(names))
        progress.advance(task, len(names) - sum(len(indices) for _, indices in waiting))
        for done in _mapped(partial(_write, shard), waiting, options.workers):
            progress.advance(task, done)
    return _summary(dataset, [folder for folder, _ in jobs], source)


_Job = tuple[Path, Sequence[int]]


def _mapped(work: Callable[[_Job], int], jobs: Sequence[_Job], workers: int) -> Iterator[int]:
    if min(workers, len(jobs)) <= 1:
        yield from map(work, jobs)
        return
    context = multiprocessing.get_context("spawn")  # the same everywhere, and safe beside threads
    with ProcessPoolExecutor(max_workers=min(workers, len(jobs)), mp_context=context) as pool:
        yield from pool.map(work, jobs)


def _write(shard: Callable[[Sequence[int]], _Shard], job: _Job) -> int:
    folder, indices = job
    samples, rejected = shard(indices)
    write_shard(folder, samples, [(name, "rejected", reason) for name, reason in rejected])
    return len(indices)


def _by_split(names: Sequence[str]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        members.setdefault(split_of(name), []).append(index)
    return members


def _chunks(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _describe(dataset: Path, options: PrepareOptions, source: str) -> None:
    """Write dataset.json, or check that the folder holds a dataset made in the same way."""
    settings = {key: value for key, value in asdict(options).items() if key != "workers"}
    description = json.loads(json.dumps({"format": FORMAT, "source": source, "options": settings}))
    path = dataset / "dataset.json"
    if path.exists():
        if json.loads(path.read_text()) != description:
            raise DatasetError(
                f"{dataset} already holds a dataset made with other options; name a new folder or delete that one."
            )
        return
    if dataset.exists() and any(dataset.iterdir()):
        raise DatasetError(f"{dataset} is not empty and is no dataset; name a new folder.")
    dataset.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial_path:
        partial_path.write_text(json.dumps(description, indent=2))


def _summary(dataset: Path, folders: Sequence[Path], source: str) -> Prepared:
    rejected = [(name, reason) for folder in folders for name, _, reason in json.loads((folder / "report.json").read_text())]
    shapes = sum(len(json.loads((folder / "names.json").read_text())) for folder in folders)
    with atomic_path(dataset / "rejected.csv") as path, path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("name", "reason"), *rejected])
    kinds = Counter(reason.split(":")[0] for _, reason in rejected)
    if not shapes:
        raise DatasetError(
            f"None of the {len(rejected)} meshes of {source} bounds a solid: {dict(kinds)}; see {dataset}/rejected.csv."
        )
    return Prepared(shapes, tuple((str(name), str(reason)) for name, reason in rejected))
