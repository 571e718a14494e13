"""What a camera sees of a ball is what geometry says, and shadows fall away from the lamp."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh

from occnet.geometry.render.camera import Camera
from occnet.mesh import Mesh

pytest.importorskip("embreex", reason="Embree is not available on this platform")

from occnet.geometry.render.photo_rendering import PhotoLight, PhotoRenderer, smooth_within

RADIUS = 0.4
CAMERA = Camera.square(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0]), 30.0, 40)
LIGHT = PhotoLight(
    key=np.array([1.0, 1.0, 0.0]) / math.sqrt(2.0),
    spread=0.05,
    key_strength=np.ones(3),
    fill=np.array([0.0, 1.0, 0.0]),
    fill_strength=np.zeros(3),
    sky=np.full(3, 0.2),
    gloss=0.0,
    sharpness=10.0,
)


def ball() -> PhotoRenderer:
    made = trimesh.creation.icosphere(subdivisions=5, radius=RADIUS)
    return PhotoRenderer(Mesh(made.vertices, made.faces), np.array([0.8, 0.4, 0.2]))


def pixels() -> np.ndarray:
    x, y = np.meshgrid(np.arange(40) + 0.5, np.arange(40) + 0.5)
    return np.stack([x, y], axis=-1).reshape(-1, 2)


def test_a_ball_is_seen_where_it_is():
    seen = ball().seen(CAMERA, pixels())
    back = ball().back_depth(CAMERA, pixels()[seen.rows], 5.0)
    np.testing.assert_allclose(np.linalg.norm(seen.points, axis=1), RADIUS, atol=1e-3)
    np.testing.assert_allclose(seen.normals, seen.points / RADIUS, atol=0.01)
    origins, directions = CAMERA.rays(pixels()[seen.rows])
    along = -(origins * directions).sum(axis=1)  # to the place nearest to the middle; the ray is inside for half a chord around
    half = np.sqrt(np.maximum(RADIUS**2 - (origins**2).sum(axis=1) + along**2, 0.0))
    slant = directions @ -CAMERA.axes[2]
    clear = half > 0.1
    np.testing.assert_allclose(seen.depth[clear], ((along - half) * slant)[clear], atol=3e-3)
    np.testing.assert_allclose(back[clear], ((along + half) * slant)[clear], atol=3e-3)


def test_beside_the_ball_there_is_nothing():
    seen = ball().seen(CAMERA, np.array([[0.5, 0.5]]))
    assert len(seen.rows) == 0
    assert np.isinf(ball().back_depth(CAMERA, np.array([[0.5, 0.5]]), 5.0)).all()


def test_the_side_of_the_lamp_is_brighter_and_the_shadow_lies_on_the_other():
    generator = np.random.default_rng(0)
    seen = ball().seen(CAMERA, pixels())
    colors = ball().lit(seen, CAMERA, LIGHT, generator)
    lit, away = seen.normals @ LIGHT.key > 0.8, seen.normals @ LIGHT.key < -0.1
    assert colors[lit].mean() > 2.0 * colors[away].mean()
    np.testing.assert_allclose(colors[lit, 0], 2.0 * colors[lit, 1], rtol=1e-4)
    ground = np.array([[-RADIUS, -RADIUS, 0.0], [RADIUS + 1.0, -RADIUS, 0.0]])  # straight down the lamp's ray, and far from it
    under, far = ball().shade(ground, LIGHT, generator)
    assert under < 0.3
    assert far > 0.9


def test_what_is_smoothed_within_a_mask_mixes_nothing_from_outside():
    mask = np.zeros((9, 9), dtype=bool)
    mask[2:7, 2:7] = True
    values = np.where(mask, 1.0, 50.0)[..., None].astype(np.float32)
    values[4, 4] = 2.0
    smooth = smooth_within(values, mask, 1.0)
    assert (smooth[~mask] == 50.0).all()
    assert 1.0 < smooth[4, 4, 0] < 1.5
    assert smooth[mask].max() < 2.0
