"""Training views and depth scans: geometry against projection, antialiasing against brute force, scans against the surface."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh

from occnet.errors import MeshError
from occnet.files.srgb import displayed, linear
from occnet.geometry.render.training_views import ViewRenderer, _not_plain, camera_matrix, draw_view
from occnet.geometry.scan.depth_camera import depth_scan
from occnet.mesh import Mesh

pytest.importorskip("embreex", reason="Embree is not available on this platform")

from occnet.geometry.render.occlusion import RayScene

GREY = np.full(3, 0.5)


def ball(radius: float = 0.4) -> Mesh:
    made = trimesh.creation.icosphere(subdivisions=5, radius=radius)
    return Mesh(made.vertices, made.faces)


def knot() -> Mesh:
    made = trimesh.creation.torus(0.3, 0.12, major_sections=48, minor_sections=24)
    bar = trimesh.creation.box((0.02, 0.9, 0.03))
    return Mesh(np.concatenate([made.vertices, bar.vertices]), np.concatenate([made.faces, bar.faces + len(made.vertices)]))


def test_views_follow_the_protocol() -> None:
    generator = np.random.default_rng(0)
    views = [draw_view(0.5, generator) for _ in range(2000)]
    places = np.array([view.position for view in views])
    distance = np.linalg.norm(places, axis=1)
    elevation = np.degrees(np.arcsin(places[:, 1] / distance))
    azimuth = np.arctan2(places[:, 0], places[:, 2])
    assert elevation.min() >= 25 - 1e-9
    assert elevation.max() <= 30 + 1e-9
    assert distance.min() >= 0.7 * 1.75 - 1e-9
    assert distance.max() <= 1.75 + 1e-9
    counts = np.histogram(azimuth, bins=8, range=(-np.pi, np.pi))[0]
    assert counts.min() > 200  # of 250 expected in each
    assert np.allclose(np.linalg.norm([view.lights for view in views], axis=2), 1.0)


def test_the_camera_matrix_projects_as_the_camera_does() -> None:
    generator = np.random.default_rng(1)
    points = generator.uniform(-0.5, 0.5, (500, 3))
    for size in (137, 224):
        camera = draw_view(0.6, generator).camera(size)
        homogeneous = np.c_[points, np.ones(500)] @ camera_matrix(camera).astype(np.float64).T
        pixels, depth = camera.project(points)
        assert np.allclose(homogeneous[:, 2], depth, atol=1e-6)
        assert np.allclose(homogeneous[:, :2] / homogeneous[:, 2:], pixels, atol=1e-3)


def test_a_ball_covers_as_many_pixels_as_its_outline_and_never_leaves_the_picture() -> None:
    generator = np.random.default_rng(2)
    for _ in range(6):
        view = draw_view(0.4, generator)
        picture = ViewRenderer(ball(), GREY).picture(view, 224)
        covered = 1.0 - (linear(picture).mean(axis=2) >= 0.999)
        distance = float(np.linalg.norm(view.position))
        radius = view.camera(224).focal * math.tan(math.asin(0.4 / distance))
        assert covered.sum() == pytest.approx(math.pi * radius**2, rel=0.04)  # pixels that are partly covered count whole
        border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert (border == 255).all()


def test_antialiasing_comes_close_to_sixteen_rays_a_pixel_everywhere() -> None:
    renderer, size = ViewRenderer(knot(), GREY), 96
    view = draw_view(0.5, np.random.default_rng(3))
    camera = view.camera(size)
    x, y, u, v = np.meshgrid(*[np.arange(size)] * 2, *[(np.arange(4) + 0.5) / 4] * 2, indexing="ij")
    dense = np.stack([y + v, x + u], axis=-1).reshape(-1, 2).astype(float)  # rows of pixels first
    light, _ = renderer._cast(view, camera, dense)
    truth = displayed(light.reshape(size, size, 16, 3).mean(axis=2)).astype(float)
    once, mark = renderer._cast(view, camera, dense.reshape(size * size, 16, 2).mean(axis=1))
    error = np.abs(renderer.picture(view, size) - truth).mean()
    plain_error = np.abs(displayed(once.reshape(size, size, 3)) - truth).mean()
    assert error < 0.4 * plain_error
    assert error < 0.7
    assert 0.02 < _not_plain(mark.reshape(size, size, 4)).mean() < 0.3


def test_light_from_the_side_and_a_mesh_of_its_own_colours() -> None:
    view = draw_view(0.5, np.random.default_rng(4))
    grey = ViewRenderer(ball(), GREY).picture(view, 64)
    lit = linear(grey)[np.all(grey < 255, axis=2)]
    assert np.ptp(lit.mean(axis=1)) > 0.1  # shaded, not flat
    mesh = ball()
    red = Mesh(mesh.vertices, mesh.faces, None, np.tile(np.array([200, 0, 0], dtype=np.uint8), (len(mesh.vertices), 1)))
    picture = ViewRenderer(red, GREY).picture(view, 64)
    inner = picture[28:36, 28:36].astype(int)
    assert (inner[..., 0] > 60).all()
    assert (inner[..., 1:] < 5).all()
    assert np.array_equal(picture, ViewRenderer(red, GREY).picture(view, 64))


def normals_of(mesh: Mesh) -> np.ndarray:
    return mesh.face_normals / np.linalg.norm(mesh.face_normals, axis=1, keepdims=True)


def test_a_depth_camera_sees_one_side_with_noise_and_few_outliers() -> None:
    mesh = ball()
    scene, generator = RayScene(mesh), np.random.default_rng(5)
    for _ in range(10):
        points = depth_scan(scene, normals_of(mesh), 2000, generator, cameras=1)
        assert points.shape == (2000, 3)
        gap = np.abs(np.linalg.norm(points, axis=1) - 0.4)
        assert np.quantile(gap, 0.9) < 0.03
        assert np.median(gap) > 1e-5
        assert (gap > 0.05).mean() < 0.03
        near = points[gap < 0.03]
        side = near.mean(axis=0) / np.linalg.norm(near.mean(axis=0))
        assert np.quantile(near @ side, 0.01) > -0.05  # what is turned away is missing, but for outliers
    one, two = (depth_scan(scene, normals_of(mesh), 2000, np.random.default_rng(6), cameras=2) for _ in range(2))
    assert np.array_equal(one, two)


def test_nothing_seen_is_an_error() -> None:
    speck = Mesh(np.array([[0.7, 0.7, 0.7], [0.7, 0.7, 0.70001], [0.7, 0.70001, 0.7]]), np.array([[0, 1, 2]]))
    with pytest.raises(MeshError, match="see nothing"):
        depth_scan(RayScene(speck), normals_of(speck), 100, np.random.default_rng(0), cameras=1)
