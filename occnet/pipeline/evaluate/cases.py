"""What a method is scored on: closed meshes, sampled here, or the shapes of a dataset, as they were prepared."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from occnet.data.datasets import open_prepared
from occnet.data.published_layout import is_published
from occnet.data.samples import Reader, SampleOf, SamplesConfig
from occnet.data.sources import MeshSource, open_meshes
from occnet.data.split_protocol import PreparedSplit
from occnet.data.splits import ALL, number_of, split_of
from occnet.errors import DatasetError, MeshError, ModelError, OccnetError, failing_as
from occnet.geometry.cleaning import is_closed, unit_mesh
from occnet.geometry.inside import is_inside
from occnet.geometry.orientation import outward
from occnet.geometry.sampling import sample_outer_surface, sample_volume
from occnet.mesh import Mesh
from occnet.observations.kinds import kind_named


@dataclass(frozen=True)
class Protocol:
    """How observations are made and scores taken (Mescheder et al. 2019, sec. 4; lengths in longest edges)."""

    points: int = 3000  # of the cloud, spread by area
    noise: float = 0.005  # standard deviation of the cloud's noise
    outliers: float = 0.0  # share of the points replaced by uniform ones in the padded cube
    volume_samples: int = 100_000  # for the IoU, uniform in the cube with 0.1 padding; as many as there are in a dataset
    surface_samples: int = 100_000  # for the distances, each way; likewise
    seed: int = 0  # of all of these, beside the shape's name


@dataclass(frozen=True, eq=False)
class Case:
    """One shape as the protocol sees it, in the unit cube: an observation, and the truth to score an answer with."""

    name: str
    observation: np.ndarray  # a noisy cloud (N, 3), a picture (H, W, 3) uint8 sRGB, or voxels (R, R, R) bool
    cloud_normals: np.ndarray  # (N, 3) true outward normals of a cloud; (0, 3) beside other observations
    queries: np.ndarray  # (Q, 3) uniform in the padded cube
    inside: np.ndarray  # (Q,) bool
    surface: np.ndarray  # (S, 3) on the boundary of the solid
    normals: np.ndarray  # (S, 3) outward there


Cases = Sequence[Callable[[], Case]]
"""Shapes that are made when they are asked for, each the same at every call."""


def is_dataset(path: Path) -> bool:
    """Whether a folder is a dataset by `occnet prepare`, or one in the published layout."""
    return (Path(path) / "dataset.json").is_file() or (Path(path).is_dir() and is_published(path))


def mesh_cases(meshes: Path, protocol: Protocol, split: str = "test", most: int | None = None) -> Cases:
    """The closed meshes of a split of the meshes at a path, seen as clouds; see `closed_meshes` for the arguments."""
    source, chosen = closed_meshes(meshes, split, most)
    return [partial(_mesh_case, source, index, protocol) for index in chosen]


def dataset_cases(dataset: Path, reader: Reader, protocol: Protocol, split: str = "test", most: int | None = None) -> Cases:
    """The shapes of a dataset's split, seen as a kind of model sees them; most: only so many, spread evenly over it.

    Raises DatasetError when the dataset has no such split, or does not hold what the model reads; ModelError when it knows the
    shapes of its training alone and another split is asked for.
    """
    if kind_named(reader.kind).training_shapes_only and split != "train":
        raise ModelError(f"The model knows the shapes of its training alone, none of the {split} split; add --split train.")
    shapes = open_prepared(dataset, split)
    return [partial(dataset_case, shapes, shape, reader, protocol) for shape in _spread(range(len(shapes)), most)]


def closed_meshes(meshes: Path, split: str = "test", most: int | None = None) -> tuple[MeshSource, list[int]]:
    """The source at that path, and the numbers of its closed meshes in a split (see `is_closed`).

    split: "train", "validation" or "test", or ALL of them. most: only so many, spread evenly over the split. Files that cannot
    be read are named on stderr and left out. Raises MeshError when no closed mesh is there.
    """
    source = open_meshes(meshes)
    members = (index for index, name in enumerate(source.names) if split in (ALL, split_of(name)))
    chosen = [index for index in members if _reads_closed(source, index)]
    if not chosen:
        where = "" if split == ALL else f" in its {split} split; --split {ALL} takes every mesh"
        raise MeshError(f"{meshes} has no closed meshes{where}.")
    return source, _spread(chosen, most)


def make_case(name: str, mesh: Mesh, protocol: Protocol) -> Case:
    """A closed mesh, moved into the unit cube and sampled; the same at every call with the same name and protocol."""
    generator = _generator(name, protocol)
    truth = outward(unit_mesh(mesh)[0])
    surface, normals, _ = sample_outer_surface(truth, protocol.points + protocol.surface_samples, generator)
    cloud = _noisy(surface[: protocol.points], protocol, generator)
    queries = sample_volume(protocol.volume_samples, generator)
    return Case(
        name=name,
        observation=cloud,
        cloud_normals=normals[: protocol.points],
        queries=queries,
        inside=is_inside(truth, queries),
        surface=surface[protocol.points :],
        normals=normals[protocol.points :],
    )


def dataset_case(split: PreparedSplit, shape: int, reader: Reader, protocol: Protocol) -> Case:
    """A shape of a dataset with its stored samples for truth; the same at every call with the same protocol.

    A picture is view number `shape` modulo the views. Raises DatasetError when the dataset does not hold what is read.
    """
    name, kind = split.names[shape], kind_named(reader.kind)
    generator = _generator(name, protocol)
    cloud_points = protocol.points if kind.sized else 0
    stored = split.surface_points
    if cloud_points >= stored:
        raise DatasetError(f"A cloud of {cloud_points} points leaves none of the {stored} that are stored to score it with.")
    surface, normals = split.surface(shape, min(cloud_points + protocol.surface_samples, stored), generator)
    labels = min(protocol.volume_samples, split.labelled_points("uniform"))
    queries, inside = split.labelled(shape, "uniform", labels, generator)
    asked = SampleOf(split, shape, shape, reader, SamplesConfig(), generator)
    observation, viewer = kind.shown(asked, lambda: _noisy(surface[:cloud_points], protocol, generator))
    if viewer is not None:
        queries, inside = viewer.labelled(queries, inside, labels, generator)
        surface, normals = viewer.to_viewer(surface), normals @ viewer.turn.T
    return Case(
        name=name,
        observation=observation,
        cloud_normals=normals[:cloud_points],
        queries=queries,
        inside=inside,
        surface=surface[cloud_points:],
        normals=normals[cloud_points:],
    )


def _reads_closed(source: MeshSource, index: int) -> bool:
    try:
        with failing_as(MeshError, source.names[index]):
            return is_closed(source.read(index))
    except OccnetError as problem:
        print(f"occnet: left out: {problem}", file=sys.stderr)
        return False


def _mesh_case(source: MeshSource, index: int, protocol: Protocol) -> Case:
    return make_case(source.names[index], source.read(index), protocol)


def _generator(name: str, protocol: Protocol) -> np.random.Generator:
    return np.random.default_rng((protocol.seed, number_of(name)))


def _noisy(surface: np.ndarray, protocol: Protocol, generator: np.random.Generator) -> np.ndarray:
    cloud = surface + protocol.noise * generator.standard_normal(surface.shape)
    replaced = int(protocol.outliers * len(cloud))
    cloud[:replaced] = sample_volume(replaced, generator)
    return cloud


def _spread(numbers: Sequence[int], most: int | None) -> list[int]:
    kept = len(numbers) if most is None else min(most, len(numbers))
    return [numbers[rank * len(numbers) // kept] for rank in range(kept)]
