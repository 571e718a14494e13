"""Where surfaces meet, what is behind either is behind in a corner, and what is behind both at an edge."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.open_surface.meeting_planes import meeting_planes

X, Y, Z = np.eye(3)


def behind(
    places: np.ndarray,
    points: list[np.ndarray],
    normals: list[np.ndarray],
    weights: list[float] | None = None,
    rounding: float = 0.0,
) -> np.ndarray:
    shape = (len(places), len(points), 3)
    offsets = places[:, None] - np.broadcast_to(np.array(points), shape)
    weighed = np.broadcast_to(np.array(weights or [1.0] * len(points)), shape[:2])
    return meeting_planes(offsets, np.broadcast_to(np.array(normals), shape), weighed, rounding)


def places_around(count: int = 400) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1.0, 1.0, (count, 3))


def test_of_one_surface_it_is_the_mean_distance() -> None:
    places = places_around()
    result = behind(places, [0 * Z, 0.1 * Z], [Z, Z], [1.0, 3.0])
    np.testing.assert_allclose(result, 0.075 - places[:, 2])


def test_in_the_corner_of_a_room_what_is_behind_any_wall_is_behind() -> None:
    places = places_around()
    walls = [X + Y, X + Z, Y + X, Y + Z, Z + X, Z + Y]  # two points on each of three, at 0
    result = behind(places, walls, [Z, Y, Z, X, Y, X])
    np.testing.assert_allclose(result, (-places).max(axis=1), atol=1e-12)


def test_of_a_box_what_is_behind_all_sides_is_behind() -> None:
    places = places_around()
    sides = [-X - Y, -X - Z, -Y - Z]
    np.testing.assert_allclose(behind(places, sides, [Z, Y, X]), (-places).min(axis=1), atol=1e-12)


def test_between_two_sides_of_a_board_and_between_two_walls() -> None:
    places = places_around()
    board = behind(places, [0.2 * Z, -0.2 * Z], [Z, -Z])
    np.testing.assert_allclose(board, 0.2 - np.abs(places[:, 2]))
    alley = behind(places, [0.2 * Z, -0.2 * Z], [-Z, Z])
    np.testing.assert_allclose(alley, np.abs(places[:, 2]) - 0.2)


def test_what_has_little_weight_is_no_surface() -> None:
    places = places_around()
    stray = behind(places, [0 * Z, X], [Z, X], [1.0, 0.01])
    np.testing.assert_allclose(stray, -places[:, 2])


def test_rounding_lies_within_its_quarter_and_ends_where_one_is_nearer_by_it() -> None:
    places = places_around()
    sharp, round_ = (behind(places, [X, Z], [Z, X], rounding=rounding) for rounding in (0.0, 0.2))
    added = round_ - sharp
    assert added.min() == 0.0
    assert 0.04 < added.max() <= 0.05
    assert (added[np.abs(places[:, 0] - places[:, 2]) > 0.2] == 0.0).all()
    assert behind(np.zeros((1, 3)), [X, Z], [Z, X], rounding=0.2)[0] == pytest.approx(0.05)
