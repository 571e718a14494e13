"""The smooth function on a grid solves its equations, keeps to what is sure, and has no islands."""

from __future__ import annotations

import numpy as np

from occnet.geometry.sensors.smooth_fit import smooth_fit

RANDOM = np.random.default_rng(0)


def test_it_is_the_minimum_as_dense_equations_have_it() -> None:
    shape = (4, 3, 5)
    target, weight = RANDOM.uniform(-1.0, 1.0, shape), RANDOM.uniform(0.1, 3.0, shape)
    count = target.size
    matrix = np.diag(weight.reshape(-1))
    number = np.arange(count).reshape(shape)
    for axis in range(3):
        first, second = np.delete(number, -1, axis).reshape(-1), np.delete(number, 0, axis).reshape(-1)
        for one, other in zip(first, second, strict=True):
            matrix[[one, other], [one, other]] += 1.0
            matrix[[one, other], [other, one]] -= 1.0
    exact = np.linalg.solve(matrix, (weight * target).reshape(-1)).reshape(shape)
    assert np.abs(smooth_fit(target, weight) - exact).max() < 0.02


def test_what_fits_already_stays() -> None:
    target = np.full((6, 6, 6), 0.7)
    assert np.abs(smooth_fit(target, np.ones_like(target)) - target).max() < 1e-12


def test_a_heavy_place_is_kept_and_a_light_one_is_evened_out() -> None:
    target, weight = np.zeros((11, 11, 11)), np.full((11, 11, 11), 0.05)
    target[2, 5, 5], weight[2, 5, 5] = 1.0, 1000.0
    target[8, 5, 5] = 1.0
    found = smooth_fit(target, weight)
    assert found[2, 5, 5] > 0.95
    assert found[8, 5, 5] < 0.2
    assert -1e-3 < found.min() < found.max() < 1.0 + 1e-3
