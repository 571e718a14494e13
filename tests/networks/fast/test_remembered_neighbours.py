"""Remembered neighbours give the answers of the tree that they remember."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from occnet.networks.fast.remembered_neighbours import RememberedNeighbours
from occnet.networks.layers.neighbours import PointIndex


def sphere_cloud(count: int) -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(count, 3))
    return (0.4 * points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def queries_near(points: np.ndarray, distance: float, count: int) -> torch.Tensor:
    rng = np.random.default_rng(1)
    chosen = points[rng.integers(len(points), size=count)]
    return torch.from_numpy(np.asarray(chosen + rng.normal(scale=distance, size=(count, 3)), dtype=np.float32))


@pytest.mark.parametrize("distance", [0.002, 0.02, 0.3, 30.0])
def test_answers_equal_the_tree_near_and_far(distance: float) -> None:
    points = sphere_cloud(2000)
    tree = KDTree(points)
    remembered = RememberedNeighbours(tree, 12)
    queries = queries_near(points, distance, 3000)
    expected = np.asarray(tree.query(queries.numpy(), k=12)[1])
    for part in (slice(0, 1500), slice(1500, 3000), slice(0, 3000)):  # cubes met first, in part, and all known
        np.testing.assert_array_equal(remembered.nearest(queries[part]).numpy(), expected[part])


@pytest.mark.parametrize("count", [12, 20, 33])
def test_clouds_with_hardly_more_points_than_neighbours(count: int) -> None:
    points = sphere_cloud(count)
    queries = queries_near(points, 0.1, 500)
    expected = KDTree(points).query(queries.numpy(), k=12)[1]
    np.testing.assert_array_equal(RememberedNeighbours(KDTree(points), 12).nearest(queries).numpy(), expected)


def test_coinciding_points_do_not_matter() -> None:
    points = np.repeat(sphere_cloud(60), 20, axis=0)
    queries = queries_near(points, 0.05, 500)
    nearest = RememberedNeighbours(KDTree(points), 12).nearest(queries)
    distances = (torch.from_numpy(points)[nearest] - queries[:, None]).norm(dim=2)
    expected = np.asarray(KDTree(points).query(queries.numpy(), k=12)[0])
    np.testing.assert_allclose(distances, expected, rtol=1e-5)
    same = np.zeros((50, 3), dtype=np.float32)
    assert len(set(RememberedNeighbours(KDTree(same), 12).nearest(torch.zeros(1, 3)).flatten().tolist())) == 12


def test_threads_may_share_it() -> None:
    points = sphere_cloud(3000)
    queries = queries_near(points, 0.01, 40_000)
    remembered = RememberedNeighbours(KDTree(points), 12)
    with ThreadPoolExecutor(4) as pool:
        found = torch.cat(list(pool.map(remembered.nearest, queries.split(500))))
    np.testing.assert_array_equal(found.numpy(), KDTree(points).query(queries.numpy(), k=12)[1])


def test_an_index_of_several_clouds_remembers_each() -> None:
    clouds = torch.from_numpy(np.stack([sphere_cloud(300), 0.5 * sphere_cloud(300)]))
    queries = torch.stack([queries_near(cloud.numpy(), 0.01, 400) for cloud in clouds])
    index = PointIndex(clouds, counts=[300, 200])
    assert torch.equal(index.remembering(8)(queries), index.nearest(queries, 8))
    few = PointIndex(clouds, counts=[300, 5])  # repeats: not remembered, but answered
    assert torch.equal(few.remembering(8)(queries), few.nearest(queries, 8))
