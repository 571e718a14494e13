"""The space that sensors saw to be empty, of a ball and of a box before a wall, whose shadows have formulas."""

from __future__ import annotations

import numpy as np

from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.sensors.depth_picture import DepthPicture
from occnet.geometry.sensors.seen_space import MOST_PICTURES, SeenSpace, spread_out
from occnet.geometry.sensors.sighted_scan import SightedScan
from tests.geometry.sensors.views_of_solids import seen_ball

RANDOM = np.random.default_rng(0)
PLACE = np.array([0.0, 0.0, 2.0])
PLACES = RANDOM.uniform(-0.9, 0.9, (20_000, 3))
SPACING = 0.6 * 2.0 / 120.0


def shadowed(places: np.ndarray, camera: np.ndarray, radius: float) -> np.ndarray:
    """Which places a ball of that radius at the origin hides from a camera, or holds."""
    rays = (places - camera) / np.linalg.norm(places - camera, axis=1, keepdims=True)
    along = -(rays @ camera)
    square = along**2 - camera @ camera + radius**2
    with np.errstate(invalid="ignore"):
        return (square > 0.0) & (np.linalg.norm(places - camera, axis=1) > along - np.sqrt(square))


def test_all_is_empty_but_the_ball_and_its_shadow() -> None:
    clearance = DepthPicture.of(PLACE, seen_ball(PLACE)).clearance(PLACES)
    assert (clearance[shadowed(PLACES, PLACE, 0.5)] > -SPACING).all()
    assert (clearance[~shadowed(PLACES, PLACE, 0.5 + 2.0 * SPACING)] < 0.0).all()


def test_before_the_surface_it_is_the_distance_along_the_ray() -> None:
    picture = DepthPicture.of(PLACE, seen_ball(PLACE))
    depth = np.linspace(-0.3, 0.3, 25)
    found = picture.clearance(np.stack([0.0 * depth, 0.0 * depth, 0.5 - depth], axis=1))
    assert np.abs(found - depth).max() < 0.01


def test_a_sensor_within_looks_all_around() -> None:
    directions = RANDOM.standard_normal((20_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    depth = np.linalg.norm(PLACES, axis=1) - 1.0
    found = DepthPicture.of(np.zeros(3), directions).clearance(PLACES)
    assert (np.abs(found - depth) < 1e-6).mean() > 0.99  # of points at random a gap or two stays open


def test_two_sensors_leave_what_both_do_not_see() -> None:
    other = np.array([0.0, 2.0, 0.5])
    clouds = [seen_ball(PLACE), seen_ball(other)]
    sensors = np.concatenate([np.tile(PLACE, (len(clouds[0]), 1)), np.tile(other, (len(clouds[1]), 1))])
    space = SightedScan.of(np.concatenate(clouds), sensors).space
    assert len(space.pictures) == 2
    hidden = shadowed(PLACES, PLACE, 0.5) & shadowed(PLACES, other, 0.5)
    assert not space.saw_through(PLACES[hidden]).any()
    bare = ~(shadowed(PLACES, PLACE, 0.55) & shadowed(PLACES, other, 0.55))
    assert space.saw_through(PLACES[bare]).mean() > 0.99


def test_a_sensor_that_moved_has_few_pictures() -> None:
    angle = np.linspace(0.0, 6.0, 300)
    track = 2.0 * np.stack([np.cos(angle), np.sin(angle), 0.0 * angle], axis=1)
    kept = spread_out(track, MOST_PICTURES)
    assert len(np.unique(kept, axis=0)) == MOST_PICTURES
    assert np.linalg.norm(track[:, None] - kept, axis=2).min(axis=1).max() < 0.8
    points = 0.5 * PLACES[:3000] / np.linalg.norm(PLACES[:3000], axis=1, keepdims=True)
    space = SeenSpace.of(points, track, RANDOM.integers(300, size=3000), local_spacing(points), 0.0)
    assert len(space.pictures) == MOST_PICTURES
