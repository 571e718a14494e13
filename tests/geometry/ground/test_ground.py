"""What things stand on is told from the sides of the things themselves, from walls and from sheets."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.ground.ground import find_ground
from tests.geometry.ground.table_scene import in_box, in_cylinder, table_scan


def turned(seed: int) -> np.ndarray:
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0]
    return turn * np.linalg.det(turn)


def box_surface(edges: tuple[float, float, float], count: int = 6000, noise: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(0)
    a, b, c = edges
    axis = generator.choice(3, count, p=np.array([b * c, a * c, a * b]) / (b * c + a * c + a * b))
    points = generator.random((count, 3))
    points[np.arange(count), axis] = generator.integers(0, 2, count)
    return points * edges + noise * generator.standard_normal((count, 3))


@pytest.mark.parametrize("noise", [0.0, 0.002, 0.006])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_table_is_found_at_any_turn(noise: float, seed: int) -> None:
    scan, turn = table_scan(noise=noise), turned(seed)
    ground = find_ground(scan @ turn.T * 30.0 + 1e3)
    assert ground is not None
    assert ground.plane.normal @ turn[:, 2] > 1.0 - 1e-4  # upward, too
    on_table = (np.abs(scan[:, 2]) < noise) & ~in_cylinder(scan[:, :2], 0.02) & ~in_box(scan[:, :2], 0.02)
    assert ground.own[on_table].all()
    high = scan[:, 2] > max(5.0 * noise, 0.02)
    assert ground.above[high].all()
    assert not (ground.own & ground.above).any()
    assert ground.footprint.area == pytest.approx(2.0 * 1.6 * 30.0**2, rel=0.1)


def test_one_side_of_it_is_up_where_the_sensor_is() -> None:
    """Things that hang from a ceiling, seen from below; and no ground where the sensor would be under the floor."""
    scan = table_scan() * [1.0, 1.0, -1.0]
    ground = find_ground(scan, np.array([[0.0, 0.0, -4.0]]))
    assert ground is not None
    assert ground.plane.normal[2] < -0.99
    assert find_ground(scan, np.array([[0.0, 0.0, 4.0]])) is None


@pytest.mark.parametrize("noise", [0.0, 0.004])
@pytest.mark.parametrize("edges", [(1.0, 0.6, 0.4), (1.0, 0.7, 0.05), (1.0, 1.0, 0.015), (1.0, 0.02, 0.02)])
def test_the_sides_of_a_box_a_board_and_a_stick_are_no_ground(edges: tuple[float, float, float], noise: float) -> None:
    assert find_ground(box_surface(edges, noise=noise)) is None


def test_a_table_with_legs_seen_all_around_is_no_ground() -> None:
    top = box_surface((1.0, 0.7, 0.05))
    legs = [box_surface((0.04, 0.04, 0.6), 400) + np.array([x, y, -0.6]) for x in (0.05, 0.9) for y in (0.05, 0.6)]
    assert find_ground(np.concatenate([top, *legs])) is None
    assert find_ground(np.concatenate([top, *legs]) * [1, 1, -1]) is None


def test_walls_around_a_floor_make_it_a_room_unless_it_is_to_be_removed() -> None:
    generator = np.random.default_rng(0)
    floor = generator.uniform([-1, -1, 0], [1, 1, 0], (8000, 3))
    walls = generator.uniform([-1, -1, 0], [1, 1, 0.8], (6000, 3))
    walls[np.arange(6000), generator.integers(0, 2, 6000)] = generator.choice([-1.0, 1.0], 6000)
    room = np.concatenate([floor, walls])
    assert find_ground(room) is None
    asked = find_ground(room, sure=False)
    assert asked is not None
    assert abs(asked.plane.normal[2]) > 0.999


def test_a_table_whose_legs_were_seen_is_a_ground_if_asked() -> None:
    scan = table_scan()
    generator = np.random.default_rng(0)
    legs = generator.uniform([-0.05, -0.05, -0.7], [0.05, 0.05, -0.05], (2000, 3))
    legs[np.arange(2000), generator.integers(0, 2, 2000)] = 0.05
    legs[:, :2] += generator.choice([-0.6, 0.6], (2000, 2))
    scan = np.concatenate([scan, legs])
    assert find_ground(scan) is None
    asked = find_ground(scan, sure=False)
    assert asked is not None
    assert asked.plane.normal[2] > 0.999
    assert not asked.above[-2000:].any()


def test_a_plane_without_anything_on_it_and_round_things_are_no_ground() -> None:
    generator = np.random.default_rng(0)
    sheet = np.column_stack([generator.uniform(-1, 1, (5000, 2)), 0.001 * generator.standard_normal(5000)])
    assert find_ground(sheet) is None
    ball = generator.standard_normal((5000, 3))
    assert find_ground(ball / np.linalg.norm(ball, axis=1, keepdims=True)) is None
    assert find_ground(generator.standard_normal((40, 3))) is None
