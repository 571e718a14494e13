"""The scores of the paper's protocol: arrays in, numbers out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.errors import MeshError
from occnet.field import Numbers, array_of

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

FAILED_DISTANCE = math.sqrt(3.0) / 2.0
"""The distance at which an answer counts that is none: half the diagonal of the unit cube, 0.866. No place in the cube is
farther from its centre, so that an answer of a single point there is not worse."""


@dataclass(frozen=True)
class SurfaceScores:
    """How well one surface matches another, from samples of both; distances in the units of the samples."""

    accuracy: float  # mean distance from the predicted surface to the true one; 0 is best
    completeness: float  # mean distance from the true surface to the predicted one; 0 is best
    chamfer_l1: float  # mean of the two, unsquared
    chamfer_l2: float  # mean of the two mean squared distances
    normal_consistency: float  # mean absolute cosine between normals at nearest points, both ways; 1 is best; or NaN
    precision: float  # share of predicted points within the threshold of the true surface
    recall: float  # share of true points within the threshold of the predicted surface
    f_score: float  # harmonic mean of precision and recall; 1 is best


def volume_iou(inside_a: Bool[Numbers, " n"], inside_b: Bool[Numbers, " n"]) -> float:
    """Intersection over union of two solids, in [0, 1], from the labels of common random points.

    inside_a, inside_b: (N,) bool, whether each point lies inside; points uniform in a volume that holds both solids (the
    protocol: 100,000 in the unit cube with padding 0.1). Two empty solids are equal and score 1.

    Raises ValueError when the label counts differ or are zero.
    Source: Mescheder et al., Occupancy Networks, 2019, section 4 and supplementary 1.2.
    """
    first, second = (
        np.asarray(array_of(inside_a), dtype=bool).reshape(-1),
        np.asarray(array_of(inside_b), dtype=bool).reshape(-1),
    )
    if len(first) != len(second) or not len(first):
        raise ValueError(f"Both solids must be labelled at the same points, but have {len(first)} and {len(second)} labels.")
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0


def surface_scores(
    points_pred: Float[Numbers, "n 3"],
    normals_pred: Float[Numbers, "n 3"] | None,
    points_true: Float[Numbers, "m 3"],
    normals_true: Float[Numbers, "m 3"],
    threshold: float = 0.01,
) -> SurfaceScores:
    """Distances, normal consistency and F-score between two surfaces, from uniform samples of both.

    points_pred: (N, 3), points_true: (M, 3), in the unit cube (the protocol: 100,000 each). normals_pred: (N, 3),
    normals_true: (M, 3), unit vectors; their sign does not matter. None for a set of points without them, whose
    consistency is NaN. threshold: distance that counts as hit; 0.01 is 1 % of the longest edge. Samples of one and the same
    surface do not score 0 but the mean distance to the nearest sample, which is about 0.5 * sqrt(area / M).

    Raises MeshError when a surface has no samples or some are not finite.
    Source: Mescheder et al., Occupancy Networks, 2019, section 4 and supplementary 1.2 (Chamfer-L1, normal consistency);
    Tatarchenko et al., What Do Single-view 3D Reconstruction Networks Learn?, 2019, section 5.2 (F-score).
    """
    pred, true = _points(points_pred, "predicted"), _points(points_true, "true")
    to_true, nearest_true = KDTree(true).query(pred, workers=-1)
    to_pred, nearest_pred = KDTree(pred).query(true, workers=-1)
    consistency = math.nan
    if normals_pred is not None:
        directions_pred = np.asarray(array_of(normals_pred), dtype=np.float64).reshape(pred.shape)
        directions_true = np.asarray(array_of(normals_true), dtype=np.float64).reshape(true.shape)
        cosine_pred = np.abs(np.einsum("ni,ni->n", directions_pred, directions_true[nearest_true])).mean()
        cosine_true = np.abs(np.einsum("ni,ni->n", directions_true, directions_pred[nearest_pred])).mean()
        consistency = float(0.5 * (cosine_pred + cosine_true))
    accuracy, completeness = float(to_true.mean()), float(to_pred.mean())
    precision, recall = float((to_true <= threshold).mean()), float((to_pred <= threshold).mean())
    return SurfaceScores(
        accuracy=accuracy,
        completeness=completeness,
        chamfer_l1=0.5 * (accuracy + completeness),
        chamfer_l2=float(0.5 * (np.square(to_true).mean() + np.square(to_pred).mean())),
        normal_consistency=consistency,
        precision=precision,
        recall=recall,
        f_score=2.0 * precision * recall / (precision + recall) if precision + recall > 0.0 else 0.0,
    )


def _points(points: Numbers, name: str) -> NDArray[np.float64]:
    result = np.asarray(array_of(points), dtype=np.float64).reshape(-1, 3)
    if not len(result) or not np.isfinite(result).all():
        raise MeshError(f"The {name} surface has {len(result)} samples, of which none may be missing, NaN or infinite.")
    return result
