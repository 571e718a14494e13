"""Scores of a method on meshes, by the paper's protocol."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from rich.progress import track

from occnet.data.sources import MeshSource, open_meshes
from occnet.data.splits import split_of
from occnet.errors import MeshError, OccnetError
from occnet.files.atomic import atomic_path
from occnet.geometry.cleaning import is_closed
from occnet.geometry.inside import is_inside
from occnet.geometry.orientation import outward
from occnet.geometry.sampling import sample_outer_surface, sample_surface, sample_volume
from occnet.mesh import Frame, Mesh
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
    closed: bool = False  # closed, manifold, outward
    failure: str = ""


def score_mesh(method: Method, name: str, mesh: Mesh, protocol: Protocol) -> ShapeScore:
    """The scores of one method on one closed mesh, which is moved into the unit cube."""
    generator = np.random.default_rng((protocol.seed, zlib.crc32(name.encode())))
    truth = outward(Frame.of(mesh.triangles.reshape(-1, 3)).mesh_to_unit(mesh))
    cloud, cloud_normals, _ = sample_outer_surface(truth, protocol.points, generator)
    cloud = cloud + protocol.noise * generator.standard_normal(cloud.shape)
    replaced = int(protocol.outliers * len(cloud))
    cloud[:replaced] = sample_volume(replaced, generator)
    queries = sample_volume(protocol.volume_samples, generator)
    true_points, true_normals, _ = sample_outer_surface(truth, protocol.surface_samples, generator)
    try:
        found = method(cloud, cloud_normals)
        points, normals, _ = sample_surface(found, protocol.surface_samples, generator)
    except OccnetError as problem:
        return ShapeScore(name, failure=str(problem))
    surface = surface_scores(points, normals, true_points, true_normals)
    return ShapeScore(
        name=name,
        iou=volume_iou(is_inside(found, queries), is_inside(truth, queries)),
        chamfer_l1=surface.chamfer_l1,
        normal_consistency=surface.normal_consistency,
        f_score=surface.f_score,
        closed=certify(found).ok,
    )


def closed_meshes(meshes: Path, split: str = "test", most: int | None = None) -> tuple[MeshSource, list[int]]:
    """The source at that path, and the numbers of its closed meshes in a split (every edge has two faces, once welded).

    Raises MeshError when there are none.
    """
    source = open_meshes(meshes)
    chosen: list[int] = []
    for index, name in enumerate(source.names):
        if split_of(name) == split and (most is None or len(chosen) < most) and is_closed(source.read(index)):
            chosen.append(index)
    if not chosen:
        raise MeshError(f"{meshes} has no closed meshes in its {split} split.")
    return source, chosen


def evaluate(
    method: Method, meshes: Path, protocol: Protocol, *, split: str = "test", most: int | None = None
) -> list[ShapeScore]:
    """The scores of a method on the closed meshes of a split, in order; most: only the first so many."""
    source, chosen = closed_meshes(meshes, split, most)
    return [score_mesh(method, source.names[index], source.read(index), protocol) for index in track(chosen, "Evaluating")]


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
