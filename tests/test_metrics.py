"""The scores on pairs of surfaces whose scores are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from occnet.errors import MeshError
from occnet.metrics import surface_scores, volume_iou


def _directions(count: int, seed: int) -> NDArray[np.float64]:
    vectors = np.random.default_rng(seed).standard_normal((count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _plane(height: float, count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    flat = np.random.default_rng(seed).uniform(-0.5, 0.5, (count, 2))
    return np.column_stack([flat, np.full(count, height)]), np.tile([0.0, 0.0, 1.0], (count, 1))


def test_iou_of_shifted_boxes() -> None:
    points = np.random.default_rng(0).uniform(-0.55, 0.55, (400_000, 3))
    first = (np.abs(points) < 0.3).all(axis=1)
    second = (np.abs(points - [0.2, 0.0, 0.0]) < 0.3).all(axis=1)
    assert volume_iou(first, second) == pytest.approx(0.4 / 0.8, abs=0.005)  # overlap 0.4 of 0.6, union 0.8
    assert volume_iou(first, first) == 1.0
    assert volume_iou(first, ~first) == 0.0
    assert volume_iou(first, second) == volume_iou(second, first)


def test_iou_of_nothing_with_nothing() -> None:
    assert volume_iou(np.zeros(5, dtype=bool), np.zeros(5, dtype=bool)) == 1.0
    with pytest.raises(ValueError, match="same points"):
        volume_iou(np.zeros(5, dtype=bool), np.zeros(4, dtype=bool))
    with pytest.raises(ValueError, match="same points"):
        volume_iou([], [])


def test_concentric_spheres() -> None:
    first, second = _directions(60_000, 0), _directions(60_000, 1)
    scores = surface_scores(0.35 * first, first, 0.40 * second, -second, threshold=0.04)
    assert scores.accuracy == pytest.approx(0.05, abs=2e-4)  # the gap between samples adds to second order only
    assert scores.completeness == pytest.approx(0.05, abs=2e-4)
    assert scores.chamfer_l1 == pytest.approx(0.5 * (scores.accuracy + scores.completeness), abs=1e-15)
    assert scores.normal_consistency == pytest.approx(1.0, abs=2e-4)
    assert scores.precision == scores.recall == scores.f_score == 0.0
    assert surface_scores(0.35 * first, first, 0.40 * second, second, threshold=0.055).f_score == 1.0


def test_two_samples_of_one_plane_show_the_noise_floor() -> None:
    count = 50_000
    scores = surface_scores(*_plane(0.0, count, 0), *_plane(0.0, count, 1))
    assert scores.chamfer_l1 == pytest.approx(0.5 / np.sqrt(count), rel=0.02)
    assert scores.normal_consistency == 1.0


def test_precision_and_recall_are_told_apart() -> None:
    points, normals = _plane(0.0, 20_000, 0)
    half = points[:, 0] < 0.0  # predicted only half of the true plane: all right, half missing
    scores = surface_scores(points[half], normals[half], points, normals, threshold=0.01)
    assert scores.precision == 1.0
    assert scores.accuracy == 0.0
    assert scores.recall == pytest.approx(0.51, abs=0.01)
    assert scores.f_score == pytest.approx(2 * scores.recall / (1 + scores.recall))
    assert scores.completeness == pytest.approx(0.5 * 0.25, abs=0.005)  # the missing half is 0.25 away on average
    reverse = surface_scores(points, normals, points[half], normals[half], threshold=0.01)
    assert (reverse.precision, reverse.recall) == (scores.recall, scores.precision)
    assert (reverse.accuracy, reverse.completeness) == (scores.completeness, scores.accuracy)


def test_normals_at_an_angle_score_its_cosine() -> None:
    points, normals = _plane(0.0, 2_000, 0)
    tilted = np.tile([np.sin(0.5), 0.0, -np.cos(0.5)], (len(points), 1))
    assert surface_scores(points, tilted, points, normals).normal_consistency == pytest.approx(np.cos(0.5))


def test_no_samples_is_a_clear_error() -> None:
    points, normals = _plane(0.0, 10, 0)
    with pytest.raises(MeshError, match="predicted surface has 0 samples"):
        surface_scores(np.zeros((0, 3)), np.zeros((0, 3)), points, normals)
    with pytest.raises(MeshError, match="true surface"):
        surface_scores(points, normals, points * np.nan, normals)


def test_samples_and_labels_are_taken_as_lists_arrays_and_tensors() -> None:
    points, normals = _plane(0.0, 50, 0)
    others, directions = _plane(0.1, 40, 1)
    expected = surface_scores(points, normals, others, directions)
    assert surface_scores(points.tolist(), normals.tolist(), others.tolist(), directions.tolist()) == expected
    first, second = (torch.from_numpy(part).requires_grad_() for part in (points, others))
    assert surface_scores(first, torch.from_numpy(normals), second, torch.from_numpy(directions)) == expected
    first, second = points[:, 0] > 0.0, points[:, 1] > 0.0
    assert volume_iou(first.tolist(), torch.from_numpy(second)) == volume_iou(first, second)
