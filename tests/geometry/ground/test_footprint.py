"""Cells that points lie over: their area, and what is filled in."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.ground.footprint import Footprint, hull_area


def test_a_disc_with_a_hole_has_its_area_and_is_filled() -> None:
    places = np.random.default_rng(0).uniform(-1, 1, (40_000, 2)) + 1e5
    radius = np.linalg.norm(places - 1e5, axis=1)
    ring = places[(radius < 0.9) & (radius > 0.4)]
    footprint = Footprint.of(ring, 0.03)
    assert footprint.area == pytest.approx(np.pi * (0.9**2 - 0.4**2), rel=0.1)
    assert footprint.closed.area == pytest.approx(np.pi * 0.9**2, rel=0.1)
    assert footprint.holds(ring).all()
    assert not footprint.holds(np.array([[1e5, 1e5], [0.0, 0.0]])).any()
    assert footprint.closed.holds(np.array([[1e5, 1e5]])).all()
    assert len(footprint.middles) == np.count_nonzero(footprint.cells)
    assert footprint.holds(footprint.middles).all()


def test_wider_and_narrower_undo_each_other_on_a_square() -> None:
    places = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    footprint = Footprint.of(places, 1.0)
    assert footprint.area == 400.0
    assert footprint.wider.area == 22.0**2
    assert footprint.narrower.area == 18.0**2
    assert footprint.with_places(places[:3]).area == 3.0


def test_there_are_never_too_many_cells() -> None:
    assert max(Footprint.of(np.array([[0.0, 0.0], [1.0, 1e-3]]), 1e-12).cells.shape) < 1100
    assert Footprint.of(np.zeros((5, 2)), 0.0).cells.sum() == 1


def test_the_hull_of_a_square_is_a_square_and_of_a_line_nothing() -> None:
    assert hull_area(np.array([[0.0, 0], [2, 0], [2, 2], [0, 2], [1, 1]])) == pytest.approx(4.0)
    assert hull_area(np.linspace(0, 1, 9)[:, None] * [1.0, 2.0]) == 0.0
    assert hull_area(np.zeros((2, 2))) == 0.0
