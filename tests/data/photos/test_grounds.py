"""Grounds of photos are what they are called."""

from __future__ import annotations

import numpy as np

from occnet.data.photos.grounds import CLUTTERED, GRADIENT, PLAIN, draw_ground


def test_grounds_are_what_they_are_called():
    steps = {}
    for kind in (PLAIN, GRADIENT, CLUTTERED):
        grounds = [draw_ground(kind, 64, np.random.default_rng(seed)) for seed in range(6)]
        assert all(ground.backdrop.shape == (64, 64, 3) and ground.backdrop.dtype == np.float32 for ground in grounds)
        assert all(ground.backdrop.min() >= 0.0 and ground.backdrop.max() <= 1.0 for ground in grounds)
        steps[kind] = [np.abs(np.diff(ground.backdrop, axis=0)).max() for ground in grounds]
        assert (kind == CLUTTERED) == (grounds[0].floor is not None)
    assert max(steps[PLAIN]) == 0.0
    assert 0.0 < max(steps[GRADIENT]) < 0.05
    assert max(steps[CLUTTERED]) > 0.2


def test_a_cluttered_floor_has_the_colours_of_its_material():
    ground = draw_ground(CLUTTERED, 16, np.random.default_rng(0))
    colors = ground.on_floor(np.random.default_rng(1).uniform(-2.0, 2.0, (100, 2)))
    assert colors.shape == (100, 3)
    assert colors.min() >= 0.0
    assert colors.max() <= 1.0
