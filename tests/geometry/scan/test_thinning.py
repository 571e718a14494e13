"""Thinning leaves about as many points as asked for, and all where they are sparse."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.thinning import thinned


def test_sparse_parts_stay_and_dense_ones_become_even() -> None:
    generator = np.random.default_rng(0)
    dense = generator.uniform([0, 0, 0], [10, 10, 0], (200_000, 3))
    sparse = generator.uniform([10, 0, 0], [100, 100, 0], (20_000, 3))
    points = generator.permutation(np.concatenate([dense, sparse]))
    rows = thinned(points, 40_000)
    assert len(rows) == pytest.approx(40_000, rel=0.02)
    assert (np.diff(rows) > 0).all()
    kept = points[rows]
    in_sparse = kept[:, 0] > 10
    assert in_sparse.sum() > 0.95 * len(sparse)
    again = thinned(points, 40_000)
    assert rows.tolist() == again.tolist()
    assert rows.tolist() != thinned(points, 40_000, seed=1).tolist()


def test_an_even_scan_is_thinned_evenly_and_a_small_one_not_at_all() -> None:
    points = np.random.default_rng(0).random((50_000, 3)) * 1e-3 + 7e6
    rows = thinned(points, 5000)
    assert len(rows) == pytest.approx(5000, rel=0.05)
    assert np.histogram(points[rows][:, 0], bins=4)[0].min() > 1100
    assert thinned(points, 50_000).tolist() == list(range(50_000))
