"""A ground becomes a closed slab with its outline, filled where things stand."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.ground.footprint import Footprint
from occnet.geometry.ground.ground import Ground, find_ground
from occnet.geometry.ground.plane import Plane
from occnet.geometry.ground.slab import slab_depth, slab_of
from occnet.geometry.soundness.certificate import certify
from tests.geometry.ground.table_scene import table_scan


def test_a_table_is_a_flat_box_with_straight_edges() -> None:
    scan = table_scan() * 50.0 + [1e6, -2e6, 300.0]
    ground = find_ground(scan)
    assert ground is not None
    slab, depth = slab_of(scan[ground.own], ground), slab_depth(ground)
    assert depth == pytest.approx(0.02 * 100.0, rel=0.05)
    assert certify(slab).ok
    assert slab.volume == pytest.approx(100.0 * 80.0 * depth, rel=0.01)
    np.testing.assert_allclose(slab.bounds - [1e6, -2e6, 300.0], [[-50, -40, -depth], [50, 40, 0]], atol=0.5)


def test_a_ground_that_is_not_convex_keeps_its_outline() -> None:
    flat = np.random.default_rng(0).uniform(0, 3, (30_000, 2))
    angle = flat[(flat[:, 0] < 1) | (flat[:, 1] < 1)]
    plane = Plane(np.array([0.0, 0.0, 7.0]), np.array([0.0, 0.0, 1.0]))
    footprint = Footprint.of(angle, 0.047).closed
    none = np.zeros(len(angle), dtype=bool)
    ground = Ground(plane, 0.001, footprint, ~none, none, 0.01)
    slab = slab_of(plane.raised(angle), ground)
    assert certify(slab).ok
    assert slab.volume == pytest.approx(5.0 * slab_depth(ground), rel=0.05)
    far = slab.vertices[(plane.flat(slab.vertices) > 1.2).all(axis=1)]
    assert not len(far)  # nothing in the corner that is not there
