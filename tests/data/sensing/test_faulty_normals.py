"""Normals from neighbours: those of a plane exactly, and turned to the sensor."""

from __future__ import annotations

import numpy as np

from occnet.data.sensing.faulty_normals import sensor_normals


def test_normals_of_a_plane_are_exact_and_face_the_sensor_but_for_scans_that_tell_it_wrong() -> None:
    x, y = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 300))
    points = np.stack([x, y, 0.5 * x], axis=1)
    exact = np.array([-0.5, 0.0, 1.0]) / np.sqrt(1.25)
    whole = 0
    for seed in range(40):
        found = sensor_normals(points, np.tile([0.0, 0.0, 1.0], (300, 1)), np.random.default_rng(seed))
        cosine = found @ exact
        np.testing.assert_allclose(np.abs(cosine), 1.0, atol=1e-5)
        assert (cosine > 0).mean() > 0.5
        whole += bool((cosine > 0).all())
    assert 30 <= whole < 40
