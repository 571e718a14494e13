"""Welding equals what numpy.unique finds along the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from occnet.geometry.welding import repeated, welded


@pytest.mark.parametrize("kind", [np.float64, np.int64])
@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (3000, 3), (500, 1), (800, 5)])
def test_rows_are_grouped_as_by_numpy(kind: type, shape: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).integers(-4, 5, shape).astype(kind)
    distinct, first, index = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    weld = welded(rows)
    np.testing.assert_array_equal(weld.first, first)
    np.testing.assert_array_equal(weld.index, index.reshape(-1))
    np.testing.assert_array_equal(rows[weld.first], distinct)
    np.testing.assert_array_equal(rows[weld.first][weld.index], rows)


@given(arrays(np.float64, st.tuples(st.integers(0, 30), st.just(3)), elements=st.sampled_from([-0.0, 0.0, 1.0, 1.0 + 1e-15])))
def test_equal_rows_have_one_number_and_the_first_of_them_stands_for_all(rows: np.ndarray) -> None:
    weld = welded(rows)
    for row, number in enumerate(weld.index):
        alike = [other for other in range(len(rows)) if tuple(rows[other]) == tuple(rows[row])]
        assert weld.first[number] == alike[0]
        assert [other for other in range(len(rows)) if weld.index[other] == number] == alike


@pytest.mark.parametrize("kind", [np.float64, np.int64])
@pytest.mark.parametrize("width", [1, 3])
def test_repeated_rows_are_counted_as_by_welding(kind: type, width: int) -> None:
    generator = np.random.default_rng(1)
    for spread in (3, 20, 10**6):  # from many repetitions to hardly any
        rows = (generator.integers(-spread, spread, (400, width)) / 2).astype(kind)
        assert repeated(rows) == len(rows) - len(np.unique(rows, axis=0))
    assert repeated(np.zeros((0, width), dtype=kind)) == 0
    assert repeated(np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 0.0]])) == 1
    assert repeated(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, -2.0]])) == 0
