"""Groups of points: what is near hangs together for certain, what is far does not, at any place and turn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from occnet.geometry.scan.groups import groups_of


def by_pairs(points: np.ndarray, distance: float) -> np.ndarray:
    """Groups by the distance between points alone: the slow, obvious way."""
    pairs = KDTree(points).query_pairs(distance, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    return connected_components(graph, directed=False)[1]


@pytest.mark.parametrize("seed", range(4))
def test_groups_lie_between_those_of_two_distances(seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-1, 1, (400, 3)) + 1e3 * seed
    found = groups_of(points, 0.1)
    near, far = by_pairs(points, 0.1), by_pairs(points, 0.35)
    assert 1 < found.max() < 399
    for group in range(near.max() + 1):
        assert len(set(found[near == group])) == 1
    for group in range(found.max() + 1):
        assert len(set(far[found == group])) == 1


def test_the_largest_group_is_the_first() -> None:
    middles, sizes = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0]]), [5, 40, 12]
    points = np.repeat(middles, sizes, axis=0) + 0.1 * np.random.default_rng(0).random((57, 3))
    assert np.repeat([2, 0, 1], sizes).tolist() == groups_of(points, 0.5).tolist()
    assert len(groups_of(np.zeros((0, 3)), 0.5)) == 0
