"""The nearest points, against the full distance matrix."""

from __future__ import annotations

import torch

from occnet.networks.neighbours import PointIndex, rows_at


def test_nearest_equals_the_distance_matrix() -> None:
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(3, 400, 3, generator=generator)
    queries = torch.randn(3, 90, 3, generator=generator)
    expected = torch.cdist(queries.double(), points.double()).topk(7, largest=False).indices
    assert torch.equal(PointIndex(points).nearest(queries, 7), expected)


def test_a_small_cloud_repeats_its_farthest_neighbour() -> None:
    points = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [3, 0, 0]]])
    found = PointIndex(points).nearest(torch.tensor([[[0.1, 0, 0]]]), 5)
    assert found.tolist() == [[[0, 1, 2, 2, 2]]]


def test_rows_are_taken_from_their_own_cloud() -> None:
    features = torch.arange(2 * 4 * 3).reshape(2, 4, 3).float()
    indices = torch.tensor([[[0, 3], [1, 1]], [[2, 0], [3, 3]]])
    expected = torch.stack([features[b][indices[b]] for b in range(2)])
    assert torch.equal(rows_at(features, indices), expected)
