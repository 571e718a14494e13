"""Scores of a method, by the paper's protocol."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from occnet.errors import MeshError, MissingLibrary, OccnetError
from occnet.files.atomic import atomic_path
from occnet.geometry.certificate import certify
from occnet.geometry.cleaning import is_closed, unit_mesh
from occnet.geometry.inside import is_inside
from occnet.geometry.sampling import sample_surface
from occnet.mesh import Mesh
from occnet.metrics import FAILED_DISTANCE, surface_scores, volume_iou
from occnet.pipeline.evaluate.cases import Case, Cases, Protocol, make_case
from occnet.pipeline.progress import tracked

Method = Callable[[np.ndarray, np.ndarray], Mesh]
"""An observation as a Case holds it, and a cloud's true normals -> Mesh in the unit cube. A fair method ignores the normals."""


@dataclass(frozen=True)
class ShapeScore:
    """What a method reached on one shape; a failure scores 0, and FAILED_DISTANCE."""

    name: str
    iou: float = 0.0
    chamfer_l1: float = FAILED_DISTANCE
    normal_consistency: float = 0.0
    f_score: float = 0.0
    closed: bool = False  # closed, manifold, outward; self-intersections are not looked for
    failure: str = ""


def score(method: Method, case: Case) -> ShapeScore:
    """The scores of one method on one case. Raises MissingLibrary when the method cannot work here at all."""
    try:
        return _scored(method(case.observation, case.cloud_normals), case)
    except MissingLibrary:
        raise
    except OccnetError as problem:
        return ShapeScore(case.name, failure=str(problem))


def score_mesh(mesh: Mesh, truth: Mesh, protocol: Protocol | None = None) -> ShapeScore:
    """How well a mesh matches the true one, both in the same coordinates, as the paper scores it.

    truth: closed; its longest edge is the unit of distances. protocol: how many samples are taken, and their seed.
    Raises MeshError when the truth is open, so that nothing tells what lies inside it, or when one of the two has no area.
    Source: Mescheder et al., Occupancy Networks, 2019, section 4 and supplementary 1.2.
    """
    if not is_closed(truth):
        raise MeshError("The true mesh has open edges, so that it has no inside to score; `occnet repair` closes it.")
    _, frame = unit_mesh(truth)
    return _scored(frame.mesh_to_unit(mesh), make_case("mesh", truth, protocol or Protocol()))


def _scored(found: Mesh, case: Case) -> ShapeScore:
    """The scores of a mesh in the unit cube of a case. Raises MeshError when it has no area."""
    points, normals, _ = sample_surface(found, len(case.surface), np.random.default_rng(len(case.surface)))
    scores = surface_scores(points, normals, case.surface, case.normals)
    return ShapeScore(
        name=case.name,
        iou=float(volume_iou(is_inside(found, case.queries), case.inside)),
        chamfer_l1=scores.chamfer_l1,
        normal_consistency=scores.normal_consistency,
        f_score=scores.f_score,
        closed=certify(found, examined_faces=0, second_opinion=False).ok,
    )


def evaluate(methods: Mapping[str, Method], cases: Cases, title: str = "Scoring") -> dict[str, list[ShapeScore]]:
    """The scores of each method on each case, in order, all on the same observations. title: for the progress bar."""
    scores: dict[str, list[ShapeScore]] = {name: [] for name in methods}
    for make in tracked(cases, title):
        case = make()
        for name, method in methods.items():
            scores[name].append(score(method, case))
    return scores


def mean_scores(scores: Sequence[ShapeScore]) -> dict[str, float]:
    """Means over all shapes, failures in every one of them as they score (see ShapeScore); failures as a share."""
    keys = ("iou", "chamfer_l1", "normal_consistency", "f_score", "closed")
    means = {key: float(np.mean([getattr(score, key) for score in scores])) for key in keys}
    return {**means, "failed": float(np.mean([bool(score.failure) for score in scores]))}


def write_scores(path: Path, scores: Sequence[ShapeScore]) -> None:
    """One line a shape, as CSV."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(ShapeScore)])
        writer.writeheader()
        writer.writerows(asdict(score) for score in scores)
