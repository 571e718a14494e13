"""A plate thinner than the points lie apart, seen from both sides, stays one plate; a gap of that width stays open."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from occnet.cube import PADDED_BOUNDS
from occnet.geometry.sensors.observed_field import ObservedField
from occnet.geometry.sensors.seen_surface import SeenSurface
from occnet.geometry.sensors.sighted_scan import SightedScan
from occnet.geometry.sensors.thin_walls import ThinWalls
from occnet.geometry.soundness.certificate import certify
from occnet.meshing.extract import extract_mesh
from tests.geometry.sensors.views_of_solids import seen_box

CAMERAS = 2.0 * np.array([[0.3, 0.2, 0.9], [-0.3, -0.2, -0.9]])
HALF = np.array([0.4, 0.3, 0.0])


def plate(thickness: float) -> SightedScan:
    """A plate of that thickness between two cameras."""
    half = HALF + np.array([0.0, 0.0, 0.5 * thickness])
    clouds = [seen_box(camera, -half, half, 80, noise=0.001) for camera in CAMERAS]
    return SightedScan.of(np.concatenate(clouds), np.repeat(CAMERAS, [len(cloud) for cloud in clouds], axis=0))


def middle() -> NDArray[np.float64]:
    """Places halfway between the sides."""
    return np.random.default_rng(0).uniform(-0.9, 0.9, (2000, 3)) * HALF


@pytest.mark.parametrize("thickness", [0.001, 0.004])
def test_a_thin_plate_stays_one_plate(thickness: float) -> None:
    scan = plate(thickness)
    assert scan.usual_spacing > 2.0 * thickness
    field = ObservedField(scan)
    mesh = extract_mesh(field, resolution=128, bounds=PADDED_BOUNDS, seeds=scan.points)
    certificate = certify(mesh, examined_faces=0)
    assert certificate.closed
    assert certificate.components == 1
    assert np.ptp(mesh.vertices, axis=0)[:2] == pytest.approx(2.0 * HALF[:2], abs=3.0 * scan.usual_spacing)
    assert np.ptp(mesh.vertices, axis=0)[2] < 4.0 * scan.usual_spacing
    found = ThinWalls.of(SeenSurface.of(scan))
    assert found is not None
    assert (found.at(middle()) > 0.0).mean() > 0.98


def test_far_from_the_plate_there_is_no_wall() -> None:
    found = ThinWalls.of(SeenSurface.of(plate(0.002)))
    assert found is not None
    assert np.isneginf(found.at(middle() + np.array([0.0, 0.0, 0.1]))).all()


def test_a_thick_plate_is_none() -> None:
    scan = plate(0.2)
    found = ThinWalls.of(SeenSurface.of(scan))
    assert found is None or not (found.at(middle()) > 0.0).any()


def test_a_narrow_gap_between_two_blocks_stays_open() -> None:
    """Their sides are given as if they had been seen: they face each other, where a wall's face away."""
    spacing = 0.02
    ticks = np.arange(-0.3, 0.3, spacing)
    flat = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    sides = [np.c_[flat, np.full(len(flat), height)] for height in (0.012, -0.012)]
    normals = np.repeat([[0.0, 0.0, -1.0], [0.0, 0.0, 1.0]], len(flat), axis=0)  # the upper block's lower side looks down
    points = np.concatenate(sides)
    scan = plate(0.002)
    surface = SeenSurface.of(scan)
    gap = SeenSurface(points, normals, np.full(len(points), spacing), surface.neighbours, type(surface.tree)(points))
    found = ThinWalls.of(gap)
    assert found is None or not (found.at(np.c_[flat, np.zeros(len(flat))]) > 0.0).any()
