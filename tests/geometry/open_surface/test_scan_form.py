"""What a scan shows: terrains and rooms are told from things, and complete things are never taken for open."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.open_surface.scan_form import scan_form, share_around
from occnet.geometry.open_surface.sheet import is_one_layer, measures
from occnet.geometry.sensors.sensor_normals import plane_normals
from occnet.shapes import sample_shapes
from tests.open_scenes import SENSOR, front_of_ball, room, tabletop, terrain

TURN = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))[0]


@pytest.mark.parametrize("count", [2000, 6000, 30_000])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_a_terrain_is_a_sheet_seen_from_above(count: int, scale: float) -> None:
    form = scan_form(scale * terrain(count))
    assert form.kind == "sheet"
    assert form.front is not None
    assert form.front[2] > 0.95


def test_a_terrain_lies_as_it_likes_and_need_not_be_rectangular() -> None:
    form = scan_form(terrain() @ TURN.T)
    assert form.kind == "sheet"
    assert form.front is not None
    assert abs(form.front @ TURN[:, 2]) > 0.95
    points = terrain()
    assert scan_form(points[np.hypot(points[:, 0] - 50, 1.3 * (points[:, 1] - 40)) < 45]).kind == "sheet"
    assert scan_form(points * [1, 1, 0]).kind == "sheet"  # quite flat


def test_a_table_with_a_mug_is_a_sheet() -> None:
    form = scan_form(tabletop())
    assert form.kind == "sheet"
    np.testing.assert_allclose(form.front, [0, 0, 1], atol=0.01)  # type: ignore[arg-type]


def test_a_room_is_known_by_its_sensor_alone() -> None:
    points = room()
    assert scan_form(points, SENSOR[None]).kind == "inside"
    assert scan_form(points).kind == "solid"  # it might be a block
    outside = np.array([[30.0, 20.0, 10.0]])
    assert scan_form(points, outside).kind == "solid"
    assert share_around(points, np.broadcast_to(SENSOR, points.shape)) > 0.9
    assert share_around(points, np.broadcast_to(outside, points.shape)) < 0.1


def test_several_sensors_within_a_room() -> None:
    points = room()
    sensors = np.where(points[:, :1] < 2.5, SENSOR, SENSOR - [2.0, 0.0, 0.0])  # each of them sees half
    assert scan_form(points, sensors).kind == "inside"


def test_one_side_of_a_ball_is_the_side_of_a_solid() -> None:
    points = front_of_ball()
    assert is_one_layer(points)
    assert scan_form(points).kind == "solid"
    assert scan_form(points, np.array([[0.0, 0.0, 9.0]])).kind == "solid"
    bowl = scan_form(points, np.array([[0.0, 0.0, -9.0]]))
    assert bowl.kind == "solid"


def test_what_somebody_says_is_open_is_as_far_as_it_can_be() -> None:
    assert scan_form(front_of_ball(), is_open=True).kind == "sheet"
    assert scan_form(front_of_ball(), np.array([[0.0, 0.0, 9.0]]), is_open=True).front is None
    ball = np.random.default_rng(0).standard_normal((4000, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    assert scan_form(ball, is_open=True).kind == "solid"  # no side of it is its front
    assert scan_form(ball, np.array([[0.0, 0.0, 9.0]]), is_open=True).kind == "sheet"


def test_few_points_say_nothing() -> None:
    assert scan_form(terrain(499)).kind == "solid"


@pytest.mark.parametrize("first", range(1_000_000, 1_000_012, 3))
def test_complete_things_are_solid_however_densely_they_are_scanned(first: int) -> None:
    """Many more are looked at by benchmarks/scan_forms.py."""
    shapes = sample_shapes(3, seed=0, first=first)
    generator = np.random.default_rng(first)
    for count in (600, 6000):
        for points in shapes.surface(count, seed=first)[0].double().numpy():
            for noise in (0.0, 0.002):
                assert scan_form(points + noise * generator.standard_normal(points.shape)).kind == "solid"


def test_thin_things_have_two_layers() -> None:
    """A board of which no point tells on which side it lies."""
    generator = np.random.default_rng(0)
    for thickness in (0.001, 0.004, 0.02):
        board = generator.random((4000, 3)) * [1.0, 1.0, thickness]
        board[:, 2] = np.where(generator.random(4000) < 0.5, 0.0, thickness)
        assert scan_form(board).kind == "solid", thickness


def test_layers_are_counted_from_the_front() -> None:
    points = tabletop()
    above = measures(points, plane_normals(points), np.array([0.0, 0.0, 1.0]))
    aside = measures(points, plane_normals(points), np.array([1.0, 0.0, 0.0]))
    assert above.is_single
    assert above.filled > 0.95
    assert above.high == pytest.approx(0.2, abs=0.03)
    assert not aside.is_single
