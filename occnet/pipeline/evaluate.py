"""Scores of a method on meshes, by the paper's protocol."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from rich.progress import track

from occnet.data.sources import MeshSource, open_meshes
from occnet.data.splits import split_of
from occnet.errors import MeshError, OccnetError
from occnet.files.atomic import atomic_path
from occnet.geometry.cleaning import is_closed, unit_mesh
from occnet.geometry.inside import is_inside
from occnet.geometry.orientation import outward
from occnet.geometry.sampling import sample_outer_surface, sample_surface, sample_volume
from occnet.mesh import Mesh
from occnet.meshing.certificate import certify
from occnet.metrics import surface_scores, volume_iou

Method = Callable[[np.ndarray, np.ndarray], Mesh]
"""points (N, 3), their true outward normals (N, 3) -> Mesh, both in the unit cube. A fair method ignores the normals."""


@dataclass(frozen=True)
class Protocol:
    """How observations are made and scores taken (Mescheder et al. 2019, sec. 4; lengths in longest edges)."""

    points: int = 3000  # of the cloud, spread by area
    noise: float = 0.005  # standard deviation of the cloud's noise
    outliers: float = 0.0  # share of the points replaced by uniform ones in the padded cube
    volume_samples: int = 100_000  # for the IoU, uniform in the cube with 0.1 padding
    surface_samples: int = 100_000  # for the distances, each way
    seed: int = 0  # of all of these, beside the mesh's name


@dataclass(frozen=True)
class ShapeScore:
    """What a method reached on one mesh; a failure scores 0, with an infinite distance."""

    name: str
    iou: float = 0.0
    chamfer_l1: float = float("inf")
    normal_consistency: float = 0.0
    f_score: float = 0.0
    closed: bool = False  # closed, manifold, outward; self-intersections are not looked for
    failure: str = ""


@dataclass(frozen=True, eq=False)
class Case:
    """One mesh as the protocol sees it, in the unit cube: an observation, and the truth to score an answer with."""

    name: str
    cloud: np.ndarray  # (N, 3) noisy points on the boundary of the solid
    cloud_normals: np.ndarray  # (N, 3) their true outward normals
    queries: np.ndarray  # (Q, 3) uniform in the padded cube
    inside: np.ndarray  # (Q,) bool
    surface: np.ndarray  # (S, 3) on the boundary of the solid
    normals: np.ndarray  # (S, 3) outward there


def make_case(name: str, mesh: Mesh, protocol: Protocol) -> Case:
    """A closed mesh, moved into the unit cube and sampled; the same at every call with the same name and protocol."""
    generator = np.random.default_rng((protocol.seed, zlib.crc32(name.encode())))
    truth = outward(unit_mesh(mesh)[0])
    surface, normals, _ = sample_outer_surface(truth, protocol.points + protocol.surface_samples, generator)
    cloud = surface[: protocol.points] + protocol.noise * generator.standard_normal((protocol.points, 3))
    replaced = int(protocol.outliers * len(cloud))
    cloud[:replaced] = sample_volume(replaced, generator)
    queries = sample_volume(protocol.volume_samples, generator)
    return Case(
        name=name,
        cloud=cloud,
        cloud_normals=normals[: protocol.points],
        queries=queries,
        inside=is_inside(truth, queries),
        surface=surface[protocol.points :],
        normals=normals[protocol.points :],
    )


def score(method: Method, case: Case) -> ShapeScore:
    """The scores of one method on one case."""
    generator = np.random.default_rng(len(case.surface))
    try:
        found = method(case.cloud, case.cloud_normals)
        points, normals, _ = sample_surface(found, len(case.surface), generator)
    except OccnetError as problem:
        return ShapeScore(case.name, failure=str(problem))
    scores = surface_scores(points, normals, case.surface, case.normals)
    return ShapeScore(
        name=case.name,
        iou=float(volume_iou(is_inside(found, case.queries), case.inside)),
        chamfer_l1=scores.chamfer_l1,
        normal_consistency=scores.normal_consistency,
        f_score=scores.f_score,
        closed=certify(found, examined_faces=0).ok,
    )


def closed_meshes(meshes: Path, split: str = "test", most: int | None = None) -> tuple[MeshSource, list[int]]:
    """The source at that path, and the numbers of its closed meshes in a split (see `is_closed`).

    most: only so many of them, spread evenly over the split. Raises MeshError when there are none.
    """
    source = open_meshes(meshes)
    members = (index for index, name in enumerate(source.names) if split_of(name) == split)
    chosen = [index for index in members if is_closed(source.read(index))]
    if not chosen:
        raise MeshError(f"{meshes} has no closed meshes in its {split} split.")
    kept = len(chosen) if most is None else min(most, len(chosen))
    return source, [chosen[rank * len(chosen) // kept] for rank in range(kept)]


def evaluate(
    methods: Mapping[str, Method], meshes: Path, protocol: Protocol, *, split: str = "test", most: int | None = None
) -> dict[str, list[ShapeScore]]:
    """The scores of each method on the closed meshes of a split, in order, all on the same cases.

    most: only so many meshes, spread evenly over the split.
    """
    source, chosen = closed_meshes(meshes, split, most)
    scores: dict[str, list[ShapeScore]] = {name: [] for name in methods}
    for index in track(chosen, f"Scoring {len(methods)} methods at {protocol.points:,} points"):
        case = make_case(source.names[index], source.read(index), protocol)
        for name, method in methods.items():
            scores[name].append(score(method, case))
    return scores


def mean_scores(scores: Sequence[ShapeScore]) -> dict[str, float]:
    """Means over all meshes, failures counted as they score; Chamfer over those that gave a mesh; failures as a share."""
    finite = [score.chamfer_l1 for score in scores if np.isfinite(score.chamfer_l1)]
    means = {
        key: float(np.mean([getattr(s, key) for s in scores])) for key in ("iou", "normal_consistency", "f_score", "closed")
    }
    failed = float(np.mean([bool(score.failure) for score in scores]))
    return {**means, "chamfer_l1": float(np.mean(finite)) if finite else float("inf"), "failed": failed}


def write_scores(path: Path, scores: Sequence[ShapeScore]) -> None:
    """One line a mesh, as CSV."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(ShapeScore)])
        writer.writeheader()
        writer.writerows(asdict(score) for score in scores)
