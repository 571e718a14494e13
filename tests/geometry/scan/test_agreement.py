"""How a mesh agrees with points: against exact shapes, and against all distances computed one by one."""

from __future__ import annotations

import igl
import numpy as np
import pytest

from occnet.field import Sphere, Union
from occnet.geometry.sampling import sample_surface
from occnet.geometry.scan.agreement import agreement_of
from occnet.geometry.scan.spacing import local_spacing
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh

BALL = extract_mesh(Sphere(0.4), resolution=64)


def on_ball(count: int = 4000, noise: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(1)
    points = generator.standard_normal((count, 3))
    points *= 0.4 / np.linalg.norm(points, axis=1, keepdims=True)
    return points + noise * generator.standard_normal(points.shape)


def test_a_whole_cloud_and_its_surface_agree() -> None:
    found = agreement_of(BALL, on_ball(), handles=0)
    assert (found.verdict, found.points_far, found.pieces, found.largest_piece, found.points) == ("good", 0.0, 1, 1.0, 4000)
    assert found.area_far < 0.006
    assert found.tolerance == pytest.approx(1.5 * np.sqrt(4 * np.pi * 0.4**2 / 4000), rel=0.1)


def test_the_tolerance_grows_with_the_noise_and_with_the_unit() -> None:
    noisy = on_ball(20_000, 0.01)
    found = agreement_of(BALL, noisy)
    assert found.tolerance == pytest.approx(0.03, rel=0.2)
    large = agreement_of(BALL.with_vertices(BALL.vertices * 1e4 + 7e5), noisy * 1e4 + 7e5)
    assert large.tolerance == pytest.approx(1e4 * found.tolerance, rel=1e-6)
    assert (large.points_far, large.area_far) == pytest.approx((found.points_far, found.area_far), abs=0.003)
    assert found.verdict == large.verdict == "good"


def test_half_a_scan_leaves_half_of_the_surface_far() -> None:
    points = on_ball(8000)
    found = agreement_of(BALL, points[points[:, 2] > 0])
    expected = 0.5 - 0.5 * found.tolerance / 0.4  # the zone of a sphere is as large as it is high
    assert found.area_far == pytest.approx(expected, abs=0.02)
    assert (found.verdict, found.points_far) == ("partial", 0.0)


def test_half_a_surface_leaves_half_of_the_points_far() -> None:
    upper = Mesh(BALL.vertices, BALL.faces[BALL.vertices[BALL.faces].mean(axis=1)[:, 2] > 0])
    found = agreement_of(upper, on_ball())
    assert found.points_far == pytest.approx(0.5 - 0.5 * found.tolerance / 0.4, abs=0.02)
    assert (found.verdict, found.handles) == ("poor", None)


def test_distances_are_to_faces_not_to_corners() -> None:
    """A large triangle whose corners are all far from the points on it."""
    points = np.random.default_rng(0).uniform(-0.2, 0.2, (500, 3)) * [1, 1, 0] + [0, 0, 0.001]
    points[:, 2] += 1e-4 * np.arange(500) / 500
    triangle = Mesh(np.array([[-9.0, -9, 0], [9, -9, 0], [0, 9, 0]]), np.array([[0, 1, 2]]))
    assert agreement_of(triangle, points).points_far == 0.0


def test_shares_are_those_of_all_exact_distances() -> None:
    points = on_ball(3000, 0.02) * [1.0, 1.0, 1.15]
    found = agreement_of(BALL, points)
    squared = igl.point_mesh_squared_distance(points, BALL.vertices, BALL.faces)[0]
    limits = np.full(3000, found.tolerance)
    spaced = 1.5 * local_spacing(points) > found.tolerance
    assert found.points_far == pytest.approx((np.sqrt(squared)[~spaced] > limits[~spaced]).mean(), abs=0.02)


def test_surface_in_the_air_is_counted_where_sensors_are_known() -> None:
    found = agreement_of(BALL, on_ball(), seen_empty=lambda places: places[:, 2] > 0.2)
    assert found.area_seen_empty == pytest.approx(0.25, abs=0.01)
    assert found.verdict == "poor"
    assert "surface in the air" in str(found)
    assert "surface in the air" not in str(agreement_of(BALL, on_ball()))


def test_pieces_are_many_only_where_the_points_are_one() -> None:
    places = [(x, y, z) for x in (-0.3, 0.0, 0.3) for y in (-0.3, 0.0, 0.3) for z in (-0.3, 0.3)]
    balls = extract_mesh(Union(tuple(Sphere(0.08, place) for place in places)), resolution=64)
    points, _, _ = sample_surface(balls, 6000, np.random.default_rng(0))
    found = agreement_of(balls, points)
    assert (found.pieces, found.groups, found.verdict) == (18, 18, "good")
    assert found.largest_piece == pytest.approx(1 / 18, rel=0.02)
    spread = agreement_of(balls, np.random.default_rng(0).uniform(-0.4, 0.4, (6000, 3)))
    assert spread.groups < 18
    assert spread.verdict != "good"


def test_it_is_the_same_every_time_and_touches_no_ones_random_numbers() -> None:
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    assert agreement_of(BALL, on_ball()) == agreement_of(BALL, on_ball())
    assert np.random.random() == expected
