"""Unit length, cross products and the smooth step, by their mathematics."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.vectors import cross_of_columns, normalized, smoothstep


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3,), (500, 3), (7, 20, 3), (50, 8), (0, 3)])
def test_normalized_vectors_have_length_one_and_their_old_direction(shape: tuple[int, ...], dtype: type) -> None:
    vectors = (5.0 * np.random.default_rng(0).standard_normal(shape)).astype(dtype)
    given = vectors.copy()
    unit = normalized(vectors)
    assert unit.dtype == dtype
    np.testing.assert_array_equal(vectors, given)  # the caller's array is left as it is
    np.testing.assert_allclose((unit * unit).sum(axis=-1), 1.0, rtol=1e-5 if dtype == np.float32 else 1e-14)
    length = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(unit * length, vectors, rtol=1e-5)


def test_vectors_without_length_stay_as_they_are_and_warn_of_nothing() -> None:
    vectors = np.array([[0.0, 0.0, 0.0], [0.0, -0.0, 2.0], [1e-200, 0.0, 0.0]])  # the last one's square is 0, too
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(normalized(vectors), [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1e-200, 0.0, 0.0]])


def test_the_smooth_step_is_flat_at_both_ends_and_symmetric() -> None:
    share = torch.linspace(-0.5, 1.5, 401, dtype=torch.float64).requires_grad_()
    step = smoothstep(share)
    (slope,) = torch.autograd.grad(step.sum(), share)
    assert step[share <= 0.0].eq(0.0).all()
    assert step[share >= 1.0].eq(1.0).all()
    torch.testing.assert_close(step + step.flip(0), torch.ones_like(step))
    within = (share > 0.0) & (share < 1.0)
    torch.testing.assert_close(slope[within], (6.0 * share * (1.0 - share))[within])
    assert slope[~within].abs().max() < 1e-12
    assert torch.equal(slope.argmax(), torch.tensor(200))  # steepest in the middle


def test_the_smooth_step_is_one_of_arrays_and_tensors() -> None:
    share = np.random.default_rng(0).uniform(-1.0, 2.0, 1000)
    np.testing.assert_array_equal(smoothstep(share), smoothstep(torch.from_numpy(share)).numpy())


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_cross_products_of_columns_are_those_of_numpy(count: int) -> None:
    u, v = np.random.default_rng(0).standard_normal((2, 3, count))
    np.testing.assert_array_equal(cross_of_columns(u, v), np.cross(u, v, axis=0))
