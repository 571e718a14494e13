"""The side that the camera sees has the picture's colours, and what it does not see gives none."""

from __future__ import annotations

import numpy as np

from occnet.field import Sphere, Union
from occnet.files.images import Pictured, Window
from occnet.geometry.render.picture_colours import colours_seen
from occnet.meshing.extract import extract_mesh

RED, BLUE = (200, 20, 30), (20, 40, 210)
CAMERA = np.array([0.0, 0.0, 100.0])


def pixels(points: np.ndarray) -> np.ndarray:
    """A picture of 100 x 100 pixels of the unit cube, from far in front."""
    return (points[:, :2] * [1.0, -1.0] + 0.5) * 100.0


def picture(radius: float) -> Pictured:
    """A disc, red on the left and blue on the right, on white."""
    y, x = np.mgrid[0:100, 0:100] + 0.5
    values = np.full((100, 100, 3), 255, dtype=np.uint8)
    disc = np.hypot(x - 50, y - 50) < radius
    values[disc & (x < 50)], values[disc & (x >= 50)] = RED, BLUE
    return Pictured(values, Window(0, 0, 100))


def test_a_ball_is_red_on_the_left_blue_on_the_right_and_unseen_behind():
    mesh = extract_mesh(Sphere(0.4), resolution=40)
    seen = colours_seen(mesh, pixels, CAMERA, picture(38.0))  # a little smaller than the ball: its rim has no pixels of its own
    assert seen is not None
    assert seen.colors is not None
    assert seen.points[:, 2].min() > 0.0
    assert len(seen.points) > 0.4 * len(mesh.vertices)
    left, right = seen.points[:, 0] < -0.02, seen.points[:, 0] > 0.02
    assert (seen.colors[left] == RED).all()
    assert (seen.colors[right] == BLUE).all()


def test_what_stands_behind_is_hidden():
    mesh = extract_mesh(Union((Sphere(0.2, (0.0, 0.0, 0.25)), Sphere(0.15, (0.0, 0.0, -0.3)))), resolution=64)
    seen = colours_seen(mesh, pixels, CAMERA, picture(20.0))
    assert seen is not None
    assert seen.points[:, 2].min() > 0.0
    assert colours_seen(mesh, lambda points: pixels(points) + 1000.0, CAMERA, picture(20.0)) is None
