"""The bottom of a thing lies where neither it nor the ground is seen, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.ground.bottoms import bottom_of
from occnet.geometry.ground.ground import find_ground
from tests.geometry.ground.table_scene import BOX, RADIUS, in_box, in_cylinder, table_scan


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_bottoms_fill_what_stands(noise: float) -> None:
    scan = table_scan(noise=noise)
    ground = find_ground(scan)
    assert ground is not None
    places = scan[:, :2]
    for within, area in ((in_cylinder, np.pi * RADIUS**2), (in_box, float(np.prod((BOX[1] - BOX[0])[:2])))):
        thing = scan[ground.above & within(places, 0.02)]
        bottom = bottom_of(thing, scan[ground.own], ground)
        np.testing.assert_allclose(bottom[:, 2], 0.0, atol=2e-3)
        assert within(bottom[:, :2], ground.spacing).all()
        assert len(bottom) == pytest.approx(4000.0 * area, rel=0.3)  # as dense as the rest; a cell less around


def test_below_a_thing_on_legs_the_ground_is_seen_and_stays_open() -> None:
    generator = np.random.default_rng(0)
    ground_points = generator.uniform([-1, -1, 0], [1, 1, 0], (16_000, 3))
    corners = np.array([[x, y] for x in (-0.4, 0.4) for y in (-0.4, 0.4)])
    foot = np.abs(ground_points[:, None, :2] - corners).max(axis=2).min(axis=1) < 0.06
    ground_points = ground_points[~foot]
    side = generator.uniform([-0.06, -0.06, 0], [0.06, 0.06, 0.4], (8000, 3))
    side[np.arange(8000), generator.integers(0, 2, 8000)] = generator.choice([-0.06, 0.06], 8000)
    side[:, :2] += corners[generator.integers(0, 4, 8000)]
    seat = generator.uniform([-0.5, -0.5, 0.4], [0.5, 0.5, 0.4], (4000, 3))
    stool = np.concatenate([side, seat])
    ground = find_ground(np.concatenate([ground_points, stool]))
    assert ground is not None
    bottom = bottom_of(stool[stool[:, 2] > ground.tolerance], ground_points, ground)
    assert len(bottom)
    assert (np.abs(bottom[:, None, :2] - corners).max(axis=2).min(axis=1) < 0.1).all()


def test_what_hovers_has_no_bottom() -> None:
    scan = table_scan()
    ground = find_ground(scan)
    assert ground is not None
    kite = np.random.default_rng(0).uniform([-0.5, -0.5, 0.5], [0, 0, 0.6], (500, 3))
    assert bottom_of(kite, scan[ground.own], ground).shape == (0, 3)
