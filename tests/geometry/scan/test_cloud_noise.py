"""The noise of a scan is found from the scan."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.cloud_noise import cloud_noise


@pytest.mark.parametrize("noise", [0.001, 0.002, 0.005])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_the_noise_of_a_dense_ball_is_found(noise: float, scale: float) -> None:
    generator = np.random.default_rng(0)
    normals = generator.standard_normal((60_000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    points = 0.5 * normals + noise * generator.standard_normal((60_000, 3))
    assert cloud_noise(scale * points) == pytest.approx(scale * noise, rel=0.25)


def test_a_plane_has_none() -> None:
    points = np.column_stack([np.random.default_rng(0).random((2000, 2)), np.full(2000, 3.0)])
    assert cloud_noise(points) < 1e-6
