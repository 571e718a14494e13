"""The nearest points, against the full distance matrix."""

from __future__ import annotations

import pytest
import torch

from occnet.networks.layers import neighbours
from occnet.networks.layers.neighbours import PointIndex, rows_at


def test_nearest_equals_the_distance_matrix() -> None:
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(3, 400, 3, generator=generator)
    queries = torch.randn(3, 90, 3, generator=generator)
    expected = torch.cdist(queries.double(), points.double()).topk(7, largest=False).indices
    assert torch.equal(PointIndex(points).nearest(queries, 7), expected)


@pytest.mark.parametrize("block", [1, 5_000, 1 << 28])
def test_blocks_of_distances_equal_the_tree(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(1)
    points, queries = torch.randn(3, 400, 3, generator=generator), torch.randn(3, 90, 3, generator=generator)
    index = PointIndex(points)
    expected = index.nearest(queries, 7)
    monkeypatch.setattr(neighbours, "_BLOCK", block)
    monkeypatch.setattr(index, "_trees", None)  # as on an accelerator
    assert torch.equal(index.nearest(queries, 7), expected)


def test_a_small_cloud_repeats_its_farthest_neighbour() -> None:
    points = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [3, 0, 0]]])
    found = PointIndex(points).nearest(torch.tensor([[[0.1, 0, 0]]]), 5)
    assert found.tolist() == [[[0, 1, 2, 2, 2]]]


def test_rows_are_taken_from_their_own_cloud() -> None:
    features = torch.arange(2 * 4 * 3).reshape(2, 4, 3).float()
    indices = torch.tensor([[[0, 3], [1, 1]], [[2, 0], [3, 3]]])
    expected = torch.stack([features[b][indices[b]] for b in range(2)])
    assert torch.equal(rows_at(features, indices), expected)


@pytest.mark.parametrize("blocked", [False, True])
def test_rows_that_only_fill_a_batch_are_never_answers(blocked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    points, queries = torch.randn(3, 40, 3, generator=generator), torch.randn(3, 30, 3, generator=generator)
    counts = [40, 5, 1]
    index = PointIndex(points, counts)
    if blocked:  # as on an accelerator
        monkeypatch.setattr(index, "_trees", None)
    found = index.nearest(queries, 7)
    for row, count in enumerate(counts):
        alone = torch.cdist(queries[row], points[row, :count]).topk(min(7, count), largest=False).indices
        assert torch.equal(found[row, :, : alone.shape[1]], alone)
        assert torch.equal(found[row, :, alone.shape[1] :], alone[:, -1:].expand(-1, 7 - alone.shape[1]))
