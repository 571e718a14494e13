"""Noise is told from bends."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.bent_surface import bent_noise, residuals
from occnet.geometry.scan.cloud_noise import cloud_noise


def bowl(count: int, noise: float) -> np.ndarray:
    """Points of z = x^2 + 0.5 x y, with noise along z alone where it is flat enough not to matter."""
    generator = np.random.default_rng(0)
    x, y = generator.uniform(-0.5, 0.5, (2, count))
    return np.stack([x, y, 0.3 * x * x + 0.2 * x * y + noise * generator.standard_normal(count)], axis=1)


@pytest.mark.parametrize("noise", [0.0005, 0.003])
def test_the_noise_of_a_bent_surface(noise: float) -> None:
    assert bent_noise(bowl(4000, noise)) == pytest.approx(noise, rel=0.15)


def test_a_bend_is_no_noise() -> None:
    points = bowl(300, 0.0)
    assert bent_noise(points) < 0.1 * cloud_noise(points)


def test_a_plane_leaves_nothing_and_a_line_neither() -> None:
    flat = bowl(500, 0.0) * [1, 1, 0]
    assert np.abs(residuals(flat)).max() < 1e-9
    assert np.isfinite(residuals(flat * [1, 0, 0])).all()


def test_it_grows_with_the_points() -> None:
    points = bowl(1000, 0.002)
    assert bent_noise(points * 1e6) == pytest.approx(1e6 * bent_noise(points), rel=1e-6)
