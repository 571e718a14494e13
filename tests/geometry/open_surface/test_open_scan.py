"""Scans of something open: thinned, and with their fronts."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.open_surface.open_scan import OpenScan
from occnet.mesh import Frame
from tests.open_scenes import ROOM, SENSOR, room, terrain

UP = np.array([0.0, 0.0, 1.0])


def test_thinning_leaves_one_point_a_cell_at_the_mean() -> None:
    points = np.random.default_rng(0).random((50_000, 3)) * [1, 1, 0.01]
    sensors = points + 3.0 * UP
    thin = OpenScan(points, 5.0 * np.broadcast_to(UP, points.shape), sensors, None).thinned(0.05)
    assert len(thin.points) == 400
    assert thin.sensors is not None
    assert thin.normals is not None
    np.testing.assert_allclose(thin.sensors - thin.points, np.broadcast_to([0.0, 0.0, 3.0], (400, 3)), atol=1e-12)
    np.testing.assert_allclose(thin.normals, np.broadcast_to(UP, (400, 3)))
    np.testing.assert_allclose(np.sort(thin.points[:, 0])[[0, -1]], [0.025, 0.975], atol=0.01)
    again = thin.thinned(1e-6)
    assert again is thin
    assert OpenScan(points, None, sensors[:1], None).thinned(0.05).sensors is not None


def test_normals_point_to_sensors_or_to_the_front() -> None:
    points = room()
    scan = OpenScan(points, None, SENSOR[None], None)
    normals = scan.front_normals(scan.spacing())
    assert (((ROOM / 2 - points) * normals).sum(axis=1) > 0).all()
    hills = OpenScan(terrain(), None, None, UP)
    land = hills.front_normals(hills.spacing())
    assert (land[:, 2] > 0.5).all()


def test_normals_of_the_file_are_believed_but_for_their_side() -> None:
    points = terrain(1000)
    given = np.broadcast_to([0.6, 0.0, -0.8], points.shape).copy()
    given[::10] = 0.0
    scan = OpenScan(points, given, None, UP)
    normals = scan.front_normals(scan.spacing())
    unknown = np.arange(1000) % 10 == 0
    np.testing.assert_allclose(normals[~unknown], np.broadcast_to([-0.6, 0.0, 0.8], points.shape)[~unknown])
    assert (normals[unknown, 2] > 0.5).all()


def test_the_field_is_positive_below_the_ground() -> None:
    frame = Frame.of(terrain())
    scan = OpenScan(frame.to_unit(terrain()), None, None, UP)
    field = scan.field(scan.front_normals(scan.spacing()), scan.spacing(), 1.1 / 128)
    ground = scan.points[np.abs(scan.points[:, :2]).max(axis=1) < 0.35]
    assert (field.behind(ground - 0.01 * UP) > 0.0).all()
    assert (field.behind(ground + 0.01 * UP) < 0.0).all()
    assert np.median(scan.spacing()) == pytest.approx(np.sqrt(0.8 / 6000), rel=0.1)
