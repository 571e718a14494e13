"""Pictures whose pixels are known: areas of silhouettes, what hides what, where light falls, and how pictures align."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from occnet.errors import CloudError, MeshError
from occnet.files.srgb import displayed, linear
from occnet.geometry.render.camera import Camera, View
from occnet.geometry.render.cloud_rendering import render_points
from occnet.geometry.render.occlusion import RayScene
from occnet.geometry.render.picture_grid import side_by_side
from occnet.geometry.render.scene import render_mesh
from occnet.geometry.render.smooth_normals import corner_normals
from occnet.geometry.sampling import sample_surface
from occnet.mesh import Mesh

FRONT = View(azimuth=0.0, elevation=0.0, field_of_view=0.0, margin=0.0)
CUBE = np.array([[-0.5, -0.5, -0.5], [0.5, 0.5, 0.5]])


def _mesh(part: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(part.vertices), np.asarray(part.faces))


def _sphere(radius: float = 0.4, center: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    part = trimesh.creation.icosphere(5, radius=radius)
    return Mesh(np.asarray(part.vertices) + center, np.asarray(part.faces))


def _covered(picture: NDArray) -> NDArray[np.bool_]:
    return np.any(picture < 250, axis=2).astype(bool)


def test_silhouette_of_a_sphere_has_its_area() -> None:
    picture = render_mesh(_sphere(), (300, 300), FRONT, bounds=CUBE, floor=False, samples=1)
    assert _covered(picture).mean() == pytest.approx(np.pi * 0.4**2, rel=0.01)


def test_perspective_silhouette_of_a_sphere() -> None:
    view = View(azimuth=0.0, elevation=0.0, field_of_view=50.0, margin=0.0)
    picture = render_mesh(_sphere(), (400, 400), view, bounds=CUBE, floor=False, samples=1)
    distance = np.sqrt(0.75) / np.sin(np.radians(25.0))
    slope = 0.4 / np.sqrt(distance**2 - 0.4**2)  # of the tangent cone
    focal = 400 / (1.0 / (distance - 0.5))  # the front face of the cube fills the picture
    assert _covered(picture).sum() == pytest.approx(np.pi * (focal * slope) ** 2, rel=0.01)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_pictures_do_not_depend_on_place_and_size(scale: float) -> None:
    mesh = _mesh(trimesh.creation.torus(0.3, 0.12))
    moved = mesh.with_vertices(mesh.vertices * scale + scale * np.array([7.0, -3.0, 100.0]))
    first, second = render_mesh(mesh, (160, 120)), render_mesh(moved, (160, 120))
    assert (np.abs(first.astype(int) - second.astype(int)).max(axis=2) > 12).mean() < 0.005


def test_points_lie_where_the_mesh_is() -> None:
    mesh = _mesh(trimesh.creation.box(extents=[0.8, 0.5, 0.3]))
    points, _, _ = sample_surface(mesh, 60_000, np.random.default_rng(0))
    for view in (View(), View(azimuth=-60, elevation=50, field_of_view=0.0)):
        shape = _covered(render_mesh(mesh, (240, 200), view, floor=False, samples=1))
        cloud = _covered(render_points(points, (240, 200), view, bounds=mesh.bounds, radius=0.003, samples=1))
        assert not (cloud & np.logical_not(binary_dilation(shape, iterations=2))).any()
        assert not (shape & np.logical_not(binary_dilation(cloud, iterations=2))).any()


@pytest.mark.parametrize("first", [0, 1])
def test_the_nearer_point_hides_the_farther(first: int) -> None:
    points = np.array([[0.0, 0.0, 0.4], [0.0, 0.0, -0.4]])
    colors = np.array([[255, 0, 0], [0, 0, 255]])
    order = [first, 1 - first]
    picture = render_points(points[order], (99, 99), FRONT, bounds=CUBE, colors=colors[order], radius=0.1)
    assert picture[49, 49, 0] > 2 * picture[49, 49, 2]
    behind = View(azimuth=180.0, elevation=0.0, field_of_view=0.0, margin=0.0)
    picture = render_points(points[order], (99, 99), behind, bounds=CUBE, colors=colors[order], radius=0.1)
    assert picture[49, 49, 2] > 2 * picture[49, 49, 0]


def test_balls_cross_each_other_at_the_right_depth() -> None:
    points = np.array([[-0.1, 0.0, 0.0], [0.1, 0.0, 0.0]])  # two equal balls meet in the middle plane
    colors = np.array([[255, 0, 0], [0, 0, 255]])
    picture = render_points(points, (200, 200), FRONT, bounds=CUBE, colors=colors, radius=0.2, samples=1).astype(int)
    middle = picture[100]
    assert (middle[42:99, 0] > middle[42:99, 2]).all()
    assert (middle[101:158, 2] > middle[101:158, 0]).all()


def test_a_ball_covers_its_disc() -> None:
    picture = render_points(np.zeros((1, 3)), (300, 300), FRONT, bounds=CUBE, radius=0.3, samples=1)
    assert _covered(picture).mean() == pytest.approx(np.pi * 0.3**2, rel=0.01)


def test_up_right_and_near_are_where_they_should_be() -> None:
    camera = FRONT.camera(CUBE, (100, 100))
    pixels, depth = camera.project([[0.5, 0.5, 0.0], [-0.5, -0.5, 0.0], [0.0, 0.0, 0.5]])
    assert np.allclose(pixels, [[100, 0], [0, 100], [50, 50]])
    assert depth[2] < depth[0]
    side = View(azimuth=90.0, elevation=0.0, field_of_view=0.0, margin=0.0).camera(CUBE, (100, 100))
    assert np.allclose(side.project([[0.0, 0.0, -0.5]])[0], [[100, 50]])  # seen from +x, -z lies to the right
    above = View(azimuth=0.0, elevation=60.0).camera(CUBE, (100, 100))
    assert above.position[1] > 0


def test_a_square_camera_looks_along_its_axis_with_y_up() -> None:
    position, target = np.array([1.0, 2.0, -1.5]), np.array([0.2, -0.3, 0.1])
    camera = Camera.square(position, position - target, 40.0, 80)
    assert np.allclose(camera.axes @ camera.axes.T, np.eye(3))
    assert np.allclose(camera.axes[0, 1], 0.0)  # its horizon is level
    length = np.linalg.norm(position - target)
    border = target + length * np.tan(np.radians(20.0)) * camera.axes[:2]  # half the field of view to the right, and up
    pixels, depth = camera.project([target, target + np.array([0.0, 0.1, 0.0]), *border])
    assert np.allclose(pixels[0], [40.0, 40.0])
    assert np.allclose(depth[[0, 2, 3]], length)
    assert np.allclose(pixels[1, 0], 40.0)  # up is up
    assert pixels[1, 1] < 40.0
    assert np.allclose(pixels[2:], [[80.0, 40.0], [40.0, 0.0]])


@pytest.mark.parametrize("view", [View(), View(-130, -20, 0.0), View(200, 70, 60.0)])
def test_rays_invert_projection(view: View) -> None:
    camera = view.camera([[-1, -2, -3], [4, 5, 6]], (640, 480))
    points = np.random.default_rng(0).uniform([-1, -2, -3], [4, 5, 6], (50, 3))
    pixels, depth = camera.project(points)
    assert (pixels > 0).all()
    assert (pixels < [640, 480]).all()
    assert (depth > 0).all()
    origins, directions = camera.rays(pixels)
    along = np.einsum("ni,ni->n", points - origins, directions)
    assert np.allclose(origins + along[:, None] * directions, points)


def test_open_share_under_a_half_plane_and_in_a_well() -> None:
    wall = Mesh(np.array([[0.0, -9, -9], [0, 9, -9], [0, 9, 9], [0, -9, 9]]), np.array([[0, 1, 2], [0, 2, 3]]))
    scene, generator = RayScene(wall), np.random.default_rng(0)
    point, up = np.array([[0.001, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])
    many = np.repeat(point, 400, axis=0), np.repeat(up, 400, axis=0)
    # a tall wall beside a floor hides half of the cosine-weighted sky, and nothing within a reach too short to meet it
    assert scene.open_share(*many, 1.0, 32, 100.0, generator).mean() == pytest.approx(0.5, abs=0.02)
    assert scene.open_share(point + np.array([0.5, 0, 0]), up, 1.0, 32, 0.3, generator)[0] == 1.0
    assert scene.open_share(point, np.array([[-1.0, 0.0, 0.0]]), 0.1, 8, 10.0, generator)[0] == 0.0


def test_light_comes_from_above_and_shadows_fall_on_the_floor() -> None:
    picture = render_mesh(_sphere(), (200, 200)).astype(float).mean(axis=2)
    assert picture[60, 90] > picture[140, 110] + 30
    free = render_mesh(_sphere(), (200, 200), floor=False).astype(float).mean(axis=2)
    below = (free == 255) & (picture < 245)
    assert below[100:].sum() > 300
    assert not below[:60].any()
    assert (picture[[0, -1]] == 255).all()  # no seams at the border
    assert (picture[:, [0, -1]] == 255).all()


def test_smooth_shading_keeps_creases() -> None:
    box = _mesh(trimesh.creation.box(extents=[1, 1, 1]))
    unit = box.face_normals / np.linalg.norm(box.face_normals, axis=1, keepdims=True)
    assert np.allclose(corner_normals(box, np.arange(12)), unit[:, None])
    ball = _sphere(1.0)
    chosen = np.arange(0, len(ball.faces), 7)
    exact = ball.triangles[chosen]
    assert np.abs(corner_normals(ball, chosen) - exact).max() < 4e-3
    soup = Mesh(ball.triangles.reshape(-1, 3), np.arange(3 * len(ball.faces)).reshape(-1, 3))
    assert np.allclose(corner_normals(soup, chosen), corner_normals(ball, chosen))


def test_an_inside_out_mesh_is_drawn_alike() -> None:
    mesh = _sphere()
    first, second = (render_mesh(each, (120, 120), floor=False).astype(int) for each in (mesh, mesh.flipped()))
    assert np.abs(first - second).max() <= 3


def test_vertex_colours_are_used() -> None:
    mesh = _sphere()
    red = Mesh(mesh.vertices, mesh.faces, colors=np.tile(np.array([[200, 20, 20]], dtype=np.uint8), (len(mesh.vertices), 1)))
    center = render_mesh(red, (100, 100))[50, 50].astype(int)
    assert center[0] > 2 * center[1]


def test_srgb_round_trip() -> None:
    values = np.arange(256)
    assert np.array_equal(displayed(linear(values)), values)


def test_side_by_side_keeps_every_picture() -> None:
    pictures = [np.full((60, 80, 3), 40 * k, dtype=np.uint8) for k in range(1, 6)]
    sheet = side_by_side(pictures, ["input", "", "a caption that is far too wide for its small picture", "d", "e"], columns=2)
    line = sheet.shape[0] // 3 - 60
    assert sheet.shape == (3 * (60 + line), 160, 3)
    for number, picture in enumerate(pictures):
        top, left = number // 2 * (60 + line), number % 2 * 80
        assert np.array_equal(sheet[top : top + 60, left : left + 80], picture)
    captions = sheet[60 : 60 + line]
    assert (captions[:, :80] < 128).any()
    assert (captions[:, 80:] == 255).all()
    with pytest.raises(ValueError, match="one size"):
        side_by_side([pictures[0], pictures[1][:10]])
    with pytest.raises(ValueError, match="captions"):
        side_by_side(pictures, ["one"])


def test_nothing_to_draw_is_a_clear_error() -> None:
    with pytest.raises(MeshError, match="without faces"):
        render_mesh(Mesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=np.int64)))
    with pytest.raises(CloudError, match="no points"):
        render_points(np.zeros((0, 3)))
