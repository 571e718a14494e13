"""Pieces side by side: every labelled point is labelled as the union of all of them, however the scan lies."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from occnet.cube import PADDED_HALF
from occnet.data.sensing.placed_pieces import Piece, PlacedPieces, base_of, near_queries, side_by_side, uniform_queries
from occnet.data.sensing.wavy_ground import Ground, flat_waves
from occnet.mesh import Frame

RADIUS = 0.4


def stretched_balls(generator: np.random.Generator, count: int) -> list[Piece]:
    pieces = []
    for _ in range(count):
        normals = generator.standard_normal((3000, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        turn = Rotation.random(rng=generator).as_matrix() * generator.uniform(0.6, 1.0, 3)
        pieces.append(Piece.of(RADIUS * normals, normals, turn))
    return pieces


def stored(generator: np.random.Generator, near: bool) -> tuple[np.ndarray, np.ndarray]:
    if near:
        points = generator.standard_normal((6000, 3))
        points = RADIUS * points / np.linalg.norm(points, axis=1, keepdims=True) + 0.05 * generator.standard_normal((6000, 3))
    else:
        points = generator.uniform(-0.55, 0.55, (6000, 3))
    return points, np.linalg.norm(points, axis=1) < RADIUS


def in_a_ball(piece: Piece, points: np.ndarray) -> np.ndarray:
    own = (points - piece.place) @ np.linalg.inv(piece.turn).T
    return np.linalg.norm(own, axis=1) < RADIUS


def test_normals_stay_perpendicular_to_the_stretched_surface() -> None:
    (piece,) = stretched_balls(np.random.default_rng(0), 1)
    gradient = piece.surface @ np.linalg.inv(piece.turn @ piece.turn.T)
    gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
    np.testing.assert_allclose(piece.normals, gradient, atol=1e-9)


def test_boxes_of_pieces_side_by_side_do_not_meet_and_all_stand_on_the_ground() -> None:
    for seed in range(10):
        pieces = side_by_side(stretched_balls(np.random.default_rng(seed), 4), np.random.default_rng(seed))
        for number, piece in enumerate(pieces):
            assert piece.surface[:, 1].min() == pytest.approx(0.0, abs=1e-9)
            assert piece.holds(piece.surface).all()
            assert not any(other.holds(piece.surface).any() for other in pieces[:number] + pieces[number + 1 :])
        assert all(a.corners[:, 0].max() < b.corners[:, 0].min() for a, b in pairwise(pieces))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("grounded", [False, True])
@pytest.mark.parametrize("zoom", [1.2, 0.5])
def test_labels_are_those_of_the_union(count: int, grounded: bool, zoom: float) -> None:
    generator = np.random.default_rng(count)
    pieces = side_by_side(stretched_balls(generator, count), generator)
    ground = Ground(flat_waves(), np.array([0.5 * count, 0.0]), np.array([0.7 * count, 0.6])) if grounded else None
    placed = PlacedPieces(pieces, ground, Rotation.random(rng=generator).as_matrix())
    every = np.concatenate([piece.surface for piece in pieces])
    whole = Frame.of(every @ placed.pose.T)
    frame = Frame(whole.center, zoom * whole.scale)
    base = base_of(placed, every, frame)
    for draw, near in ((uniform_queries, False), (near_queries, True)):
        known = [stored(generator, near) for _ in pieces]
        points, inside = draw(placed, known, frame, base, 4000, generator)
        assert points.shape == (4000, 3)
        assert np.abs(frame.to_unit(points)).max() <= PADDED_HALF + 1e-9
        scene = points @ placed.pose
        expected = np.zeros(4000, dtype=bool) if ground is None else ground.inside(scene, base)
        for piece in pieces:
            expected |= in_a_ball(piece, scene)
        assert np.array_equal(inside, expected)
        assert inside.any()
        assert not inside.all()


def test_uniform_queries_are_uniform() -> None:
    generator = np.random.default_rng(0)
    pieces = side_by_side(stretched_balls(generator, 2), generator)
    placed = PlacedPieces(pieces, None, np.eye(3))
    frame = Frame.of(np.concatenate([piece.surface for piece in pieces]))
    points, inside = uniform_queries(placed, [stored(generator, False) for _ in pieces], frame, 0.0, 20_000, generator)
    unit = frame.to_unit(points) / (2 * PADDED_HALF) + 0.5
    for axis in range(3):
        np.testing.assert_allclose(np.histogram(unit[:, axis], 4, (0, 1))[0] / 20_000, 0.25, atol=0.02)
    volume = sum(4 / 3 * np.pi * RADIUS**3 * abs(np.linalg.det(piece.turn)) for piece in pieces)
    assert inside.mean() == pytest.approx(volume / (2 * PADDED_HALF * frame.scale) ** 3, rel=0.1)
