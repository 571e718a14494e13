"""Scores of a method, by the paper's protocol."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Protocol as Protocol_
from typing import runtime_checkable

import numpy as np

from occnet.errors import MeshError, MissingLibrary, OccnetError
from occnet.files.atomic import atomic_path
from occnet.geometry.cleaning import is_closed, unit_mesh
from occnet.geometry.inside import is_inside
from occnet.geometry.sampling import sample_surface
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.metrics import FAILED_DISTANCE, surface_scores, volume_iou
from occnet.pipeline.evaluate.cases import Case, Cases, Protocol, make_case
from occnet.pipeline.progress import tracked

SCORED = ("iou", "chamfer_l1", "accuracy", "completeness", "chamfer_l2", "normal_consistency", "f_score", "closed")
"""The scores of a shape, by the names of their fields in ShapeScore."""


Method = Callable[[np.ndarray, np.ndarray], Mesh]
"""An observation as a Case holds it, and a cloud's true normals -> Mesh in the unit cube, or points: a mesh without faces.

A fair method ignores the normals. One with an attribute `encloses` that is false makes surfaces that are not closed, and has no
IoU; sets of points have neither IoU, normals nor closedness."""


@runtime_checkable
class FieldMethod(Protocol_):
    """A method that has a field: what it says of points, without a mesh."""

    def inside(self, observation: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Whether the points (N, 3) of the unit cube lie in what was observed, (N,) bool."""
        ...


@dataclass(frozen=True)
class ShapeScore:
    """What a method reached on one shape; a failure scores 0, and FAILED_DISTANCE. NaN: what it makes has no such score."""

    name: str
    iou: float = 0.0
    chamfer_l1: float = FAILED_DISTANCE
    accuracy: float = FAILED_DISTANCE
    completeness: float = FAILED_DISTANCE
    chamfer_l2: float = FAILED_DISTANCE**2
    normal_consistency: float = 0.0
    f_score: float = 0.0
    closed: float = 0.0  # 1: closed, manifold, outward; self-intersections are not looked for
    failure: str = ""


def as_published(score: ShapeScore) -> ShapeScore:
    """The same scores as the 2019 paper and its program tell them: distances in tenths of the longest edge.

    A failure has the distance of the unit cube's diagonal and normals of -1 there.
    """
    if score.failure:
        diagonal = 10.0 * math.sqrt(3.0)
        distances = {"chamfer_l1": diagonal, "accuracy": diagonal, "completeness": diagonal, "chamfer_l2": diagonal**2}
        return replace(score, **distances, normal_consistency=-1.0)
    return replace(
        score,
        chamfer_l1=10.0 * score.chamfer_l1,
        accuracy=10.0 * score.accuracy,
        completeness=10.0 * score.completeness,
        chamfer_l2=100.0 * score.chamfer_l2,
    )


def score_field(method: FieldMethod, case: Case) -> ShapeScore:
    """The IoU of one method's field on one case, without a mesh; all else is NaN."""
    try:
        iou = float(volume_iou(method.inside(case.observation, case.queries), case.inside))
    except OccnetError as problem:
        return ShapeScore(case.name, failure=str(problem))
    return ShapeScore(case.name, iou=iou, **dict.fromkeys(SCORED[1:], math.nan))


def score(method: Method, case: Case) -> ShapeScore:
    """The scores of one method on one case. Raises MissingLibrary when the method cannot work here at all."""
    try:
        return scored(method(case.observation, case.cloud_normals), case, encloses=getattr(method, "encloses", True))
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
    return scored(frame.mesh_to_unit(mesh), make_case("mesh", truth, protocol or Protocol()))


def scored(found: Mesh, case: Case, encloses: bool = True) -> ShapeScore:
    """The scores of a mesh in the unit cube of a case, or of points: a mesh without faces; of normals if these have any.

    encloses: whether the surface has an inside to score. Raises MeshError when a mesh has no area, or there is nothing at all.
    """
    is_mesh = bool(len(found.faces))
    points, normals = found.vertices, found.normals
    if is_mesh:
        points, normals, _ = sample_surface(found, len(case.surface), np.random.default_rng(len(case.surface)))
    scores = surface_scores(points, normals, case.surface, case.normals)
    return ShapeScore(
        name=case.name,
        iou=float(volume_iou(is_inside(found, case.queries), case.inside)) if is_mesh and encloses else math.nan,
        chamfer_l1=scores.chamfer_l1,
        accuracy=scores.accuracy,
        completeness=scores.completeness,
        chamfer_l2=scores.chamfer_l2,
        normal_consistency=scores.normal_consistency,
        f_score=scores.f_score,
        closed=float(certify(found, examined_faces=0, second_opinion=False).ok) if is_mesh else math.nan,
    )


def evaluate(
    methods: Mapping[str, Method], cases: Cases, title: str = "Scoring", fast: bool = False
) -> dict[str, list[ShapeScore] | MissingLibrary]:
    """The scores of each method on each case, in order, all on the same observations; of one whose library is missing, that.

    title: for the progress bar. fast: score the fields of those that have one, without a mesh, and nothing of the others.
    """
    asked = {name: method for name, method in methods.items() if not fast or hasattr(method, "inside")}
    scores: dict[str, list[ShapeScore] | MissingLibrary] = {name: [] for name in asked}
    for make in tracked(cases, title):
        case = make()
        for name, method in asked.items():
            rows = scores[name]
            if isinstance(rows, MissingLibrary):
                continue
            try:
                rows.append(score_field(method, case) if fast and isinstance(method, FieldMethod) else score(method, case))
            except MissingLibrary as problem:
                scores[name] = problem
    return scores


def mean_scores(scores: Sequence[ShapeScore]) -> dict[str, float]:
    """Means over all shapes, failures in every one of them as they score (see ShapeScore); failures as a share.

    A score that no result of the method has is NaN; one that some of them lack counts there as of a failure.
    """
    means = {key: _mean(scores, key) for key in SCORED}
    return {**means, "failed": float(np.mean([bool(score.failure) for score in scores]))}


def _mean(scores: Sequence[ShapeScore], key: str) -> float:
    failed = ShapeScore("")
    made = [getattr(score, key) for score in scores if not score.failure]
    if made and all(map(math.isnan, made)):
        return math.nan
    values = [getattr(score if not math.isnan(getattr(score, key)) else failed, key) for score in scores]
    return float(np.mean(values))


def write_scores(path: Path, scores: Sequence[ShapeScore]) -> None:
    """One line a shape, as CSV."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(ShapeScore)])
        writer.writeheader()
        writer.writerows(asdict(score) for score in scores)
