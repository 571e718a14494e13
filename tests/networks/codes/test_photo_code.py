"""Lifting is the inverse of taking a picture: exactly, of a ball and of any point."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from occnet.data.photos.photo_views import PhotoView
from occnet.data.viewer import Viewer
from occnet.mesh import Frame
from occnet.networks.codes.photo_code import PhotoCode, lifted, magnification, places_of

ANGLE = 0.7
TURN = np.array([[math.cos(ANGLE), 0.0, -math.sin(ANGLE)], [0.0, 1.0, 0.0], [math.sin(ANGLE), 0.0, math.cos(ANGLE)]])
VIEW = PhotoView(Viewer(TURN, Frame(np.array([0.1, -0.2, 0.05]), 0.8)), math.radians(35.0), 0.6, 2.4, 0.1, -0.07)


def as_batch(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.asarray(array, dtype=np.float64)).unsqueeze(0)


def test_what_a_camera_sees_of_a_point_lifts_to_that_point():
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (40, 3))
    size = 64
    pixels, depth = VIEW.camera(size).project(VIEW.viewer.to_own(points))
    values = as_batch(VIEW.values)
    towards = as_batch(VIEW.towards(depth))
    back = lifted(as_batch(pixels * 2.0 / size - 1.0), towards, values)
    np.testing.assert_allclose(back[0].numpy(), points, atol=1e-5)
    there = places_of(as_batch(points), values)
    np.testing.assert_allclose(there[0].numpy(), pixels * 2.0 / size - 1.0, atol=1e-5)


def test_the_camera_stands_where_all_that_it_sees_at_one_place_meets():
    nothing = torch.zeros(1, 0, 3)
    code = PhotoCode(nothing, nothing, nothing, nothing, None, view=as_batch(VIEW.values).float())  # type: ignore[arg-type]
    camera = code.camera()
    points = torch.rand(1, 30, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    nearer = points + 0.3 * (camera[:, None] - points)
    torch.testing.assert_close(code.seen(nearer), code.seen(points), rtol=1e-4, atol=1e-4)


def test_the_front_of_a_ball_lifts_to_the_ball():
    """A ball of radius 0.4 around the cube's centre: where each ray meets it follows from a quadratic equation."""
    ticks = np.linspace(-0.5, 0.5, 9)
    places = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    distance = 1.0 / VIEW.nearness
    slopes = (places - [VIEW.right, VIEW.down]) / VIEW.focal  # sideways a length along the axis
    square = 1.0 + (slopes**2).sum(axis=1)
    under = distance**2 - square * (distance**2 - 0.4**2)
    met = under > 0.0
    depth = (distance - np.sqrt(under[met])) / square[met]
    assert met.sum() > 20
    points = lifted(as_batch(places[met]), as_batch(distance - depth), as_batch(VIEW.values))[0].numpy()
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 0.4, atol=1e-6)
    normals = points / 0.4
    eye = np.array([0.0, math.sin(VIEW.elevation), math.cos(VIEW.elevation)]) * distance
    assert ((eye - points) * normals).sum(axis=1).min() > 0.0  # the side that the camera sees


@pytest.mark.parametrize("towards", [-0.4, 0.0, 0.4])
def test_magnification_is_that_of_a_small_step_sideways(towards: float):
    values, depth = as_batch(VIEW.values), torch.tensor([[towards, towards]], dtype=torch.float64)
    places = torch.tensor([[[0.2, 0.1], [0.201, 0.1]]], dtype=torch.float64)
    one, other = lifted(places, depth, values)[0]
    torch.testing.assert_close(0.001 / (one - other).norm(), magnification(depth, values)[0, 0], rtol=1e-6, atol=0.0)
