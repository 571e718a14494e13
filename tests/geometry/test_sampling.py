"""Samples that are uniform by area, lie on their faces, and keep to the outer surface where asked to."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.stats import chisquare, kstest

from occnet.errors import MeshError
from occnet.geometry.sampling import sample_near_surface, sample_outer_surface, sample_surface, sample_volume
from occnet.mesh import Mesh


def _box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    part = trimesh.creation.box(bounds=[low, high])
    return Mesh(np.asarray(part.vertices), np.asarray(part.faces))


def test_faces_are_hit_in_proportion_to_their_area() -> None:
    part = trimesh.creation.cone(radius=0.3, height=0.8, sections=40)  # slivers and larger faces
    mesh = Mesh(np.asarray(part.vertices), np.asarray(part.faces))
    count = 100_000
    _, _, face = sample_surface(mesh, count, np.random.default_rng(0))
    hits = np.bincount(face, minlength=len(mesh.faces))
    assert chisquare(hits, count * mesh.face_areas / mesh.area).pvalue > 0.001


def test_points_are_uniform_within_a_face_and_on_it() -> None:
    mesh = Mesh(np.array([[0.0, 0, 0], [2, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))
    points, normals, _ = sample_surface(mesh, 50_000, np.random.default_rng(1))
    assert np.allclose(normals, [0, 0, 1])
    assert np.all(points[:, 2] == 0)
    x, y = points[:, 0] / 2, points[:, 1]
    assert (x >= 0).all()
    assert (y >= 0).all()
    assert (x + y <= 1 + 1e-12).all()
    # in a right triangle the area left of x is 1 - (1 - x)^2, and given x the height is uniform
    assert kstest(1 - (1 - x) ** 2, "uniform").pvalue > 0.001
    assert kstest(y / (1 - x), "uniform").pvalue > 0.001


def test_normals_and_faces_belong_to_the_points() -> None:
    part = trimesh.creation.icosphere(3, radius=0.4)
    mesh = Mesh(np.asarray(part.vertices) + 1e5, np.asarray(part.faces))
    points, normals, face = sample_surface(mesh, 5000, np.random.default_rng(2))
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0)
    assert np.abs(np.einsum("ni,ni->n", points - mesh.triangles[face, 0], normals)).max() < 1e-9
    assert ((points - 1e5) * normals).sum(axis=1).min() > 0.39


def test_a_seed_gives_the_same_points() -> None:
    mesh = _box((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))
    first, second = (sample_surface(mesh, 100, np.random.default_rng(7))[0] for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("inverted", [False, True])
def test_outer_surface_leaves_out_what_lies_inside(inverted: bool) -> None:
    first, second = _box((-0.5, -0.2, -0.2), (0.1, 0.2, 0.2)), _box((-0.1, -0.1, -0.1), (0.5, 0.1, 0.1))
    mesh = Mesh(np.concatenate([first.vertices, second.vertices]), np.concatenate([first.faces, second.faces + 8]))
    mesh = mesh.flipped() if inverted else mesh
    points, normals, face = sample_outer_surface(mesh, 20_000, np.random.default_rng(3))
    assert len(points) == len(normals) == len(face) == 20_000
    within_first = (np.abs(points - [-0.2, 0, 0]) < np.array([0.3, 0.2, 0.2]) - 1e-9).all(axis=1)
    within_second = (np.abs(points - [0.2, 0, 0]) < np.array([0.3, 0.1, 0.1]) - 1e-9).all(axis=1)
    assert not within_first.any()
    assert not within_second.any()
    # the union: the first box's surface less the second's mouth, and the second's mantle from x = 0.1 with one end
    first_area, second_area = 2 * (0.16 + 0.24 + 0.24) - 0.04, 4 * 0.2 * 0.4 + 0.04
    share = (face < 12).mean()
    expected = first_area / (first_area + second_area)
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / len(points))
    # outward: a step along the normal leaves both boxes
    ahead = points + 1e-3 * normals
    assert not (np.abs(ahead - [-0.2, 0, 0]) < [0.3, 0.2, 0.2]).all(axis=1).any()
    assert not (np.abs(ahead - [0.2, 0, 0]) < [0.3, 0.1, 0.1]).all(axis=1).any()


def test_a_lone_sheet_bounds_no_solid() -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    sheet = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3], [0, 2, 1], [0, 3, 2]]))
    with pytest.raises(MeshError, match="no solid"):
        sample_outer_surface(sheet, 100, np.random.default_rng(0))


def test_no_area_is_a_clear_error() -> None:
    with pytest.raises(MeshError, match="no faces with area"):
        sample_surface(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), 10, np.random.default_rng(0))


def test_volume_samples_fill_the_padded_cube() -> None:
    points = sample_volume(100_000, np.random.default_rng(4), padding=0.1)
    for axis in range(3):
        assert kstest(points[:, axis] / 1.1 + 0.5, "uniform").pvalue > 0.001


def test_noise_has_the_deviations_asked_for() -> None:
    noise = sample_near_surface(np.ones((90_000, 3)), (0.01, 0.03, 0.1), np.random.default_rng(5)) - 1.0
    for k, deviation in enumerate((0.01, 0.03, 0.1)):
        assert kstest(noise[k::3].reshape(-1) / deviation, "norm").pvalue > 0.001
