"""The winding number on a grid: 1 within what was seen all around, 0 outside, 1/2 where a half ends."""

from __future__ import annotations

import numpy as np

from occnet.geometry.sensors.enclosure import winding_grid
from occnet.geometry.sensors.sighted_scan import SightedScan

DIRECTIONS = np.random.default_rng(0).standard_normal((20_000, 3))
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)
CELLS, HALF = 48, 0.55


def grid_of(directions: np.ndarray) -> np.ndarray:
    """Of a ball of radius 0.4, seen from outside in these directions."""
    return winding_grid(SightedScan.of(0.4 * directions, 3.0 * directions, directions), CELLS, HALF)


def test_of_a_whole_ball_it_is_one_inside_and_zero_outside() -> None:
    number = grid_of(DIRECTIONS)
    ticks = np.linspace(-HALF, HALF, CELLS + 1)
    radius = np.sqrt(sum(part**2 for part in np.meshgrid(ticks, ticks, ticks, indexing="ij")))
    assert np.abs(number[radius < 0.32] - 1.0).max() < 0.15
    assert np.abs(number[radius > 0.48]).max() < 0.08


def test_of_half_a_ball_it_is_half_on_the_disc_that_closes_it() -> None:
    number = grid_of(DIRECTIONS[DIRECTIONS[:, 2] > 0.0])
    middle = CELLS // 2
    assert abs(number[middle, middle, middle] - 0.5) < 0.08
    assert number[middle, middle, middle + 12] > 0.7  # within the half that was seen
    assert number[middle, middle, middle - 12] < 0.3
