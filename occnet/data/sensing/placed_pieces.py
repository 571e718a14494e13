"""Shapes side by side on a ground: what sensors look at, and labelled points of all of it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from occnet.cube import PADDED_HALF
from occnet.data.crops import within
from occnet.data.sensing.wavy_ground import Ground
from occnet.mesh import Frame
from occnet.vectors import normalized

Floats = NDArray[np.floating]
Labelled = tuple[Floats, NDArray[np.bool_]]  # points (N, 3), inside (N,)
_MARGIN = 0.03  # of a piece's box, for its surface points may not reach its last corner
_GAPS = (0.08, 0.6)  # between the boxes of pieces side by side
_FOOT = 0.05  # in frames: how far below the lowest seen point the solid under a ground ends
_DEVIATIONS = (0.008, 0.025, 0.08)  # of points near the ground, in frames: those of prepared shapes


@dataclass(frozen=True, eq=False)
class Piece:
    """A shape where it stands: scene = own coordinates @ turn.T + place."""

    surface: Floats  # (S, 3) in the scene
    normals: Floats  # (S, 3) unit, in the scene
    low: Floats  # (3,) of the box in own coordinates that holds the solid
    high: Floats
    turn: Floats  # (3, 3)
    place: Floats  # (3,)

    @staticmethod
    def of(surface: Floats, normals: Floats, turn: Floats) -> Piece:
        """A piece at the origin from surface points and normals (S, 3) in own coordinates. turn: any invertible matrix."""
        directions = normalized(normals @ np.linalg.inv(turn))
        low, high = surface.min(axis=0) - _MARGIN, surface.max(axis=0) + _MARGIN
        return Piece(surface @ turn.T, directions, low, high, turn, np.zeros(3))

    def moved(self, scale: float, by: Floats) -> Piece:
        """The same, scaled about the origin and then moved."""
        turn, place = scale * self.turn, scale * self.place + by
        return replace(self, surface=scale * self.surface + by, turn=turn, place=place)

    @property
    def corners(self) -> Floats:
        """Corners of its box in the scene, (8, 3)."""
        own = np.array([np.where(side, self.high, self.low) for side in product((False, True), repeat=3)])
        return self.to_scene(own)

    def to_scene(self, points: Floats) -> Floats:
        """Own coordinates (N, 3) -> those of the scene."""
        return points @ self.turn.T + self.place

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Which points (N, 3) of the scene lie in its box, (N,). Beyond it nothing is inside."""
        own = (points - self.place) @ np.linalg.inv(self.turn).T
        return np.asarray(((own >= self.low) & (own <= self.high)).all(axis=1))


@dataclass(frozen=True, eq=False)
class PlacedPieces:
    """Pieces whose boxes do not meet, perhaps on a ground; pose turns the scene, in which y is up, into what a scan has."""

    pieces: Sequence[Piece]
    ground: Ground | None
    pose: Floats  # (3, 3), world = scene @ pose.T

    def inside(self, points: Floats, labels: Callable[[int, NDArray], NDArray], base: float) -> NDArray[np.bool_]:
        """Whether points (N, 3) of the scene are inside the union. labels: of piece number i, of rows that lie in its box."""
        result = np.zeros(len(points), dtype=bool) if self.ground is None else self.ground.inside(points, base)
        for number, piece in enumerate(self.pieces):
            rows = np.flatnonzero(piece.holds(points))
            result[rows] |= labels(number, rows)
        return result


def side_by_side(pieces: Sequence[Piece], generator: np.random.Generator) -> list[Piece]:
    """The pieces in a row along x, of different sizes, with gaps, their lowest points at y = 0."""
    result, end = [], 0.0
    for number, piece in enumerate(pieces):
        scale = 1.0 if number == 0 else generator.uniform(0.4, 1.0)
        corners = scale * piece.corners
        start = end + (generator.uniform(*_GAPS) if number else 0.0)
        aside = generator.uniform(-0.3, 0.3) if number else 0.0
        by = np.array([start - corners[:, 0].min(), -scale * piece.surface[:, 1].min(), aside])
        result.append(piece.moved(scale, by))
        end = start + float(np.ptp(corners[:, 0]))
    return result


def base_of(placed: PlacedPieces, seen: Floats, frame: Frame) -> float:
    """The height at which the solid under the ground ends: a little below the lowest seen point (N, 3) of the scene."""
    return float(seen[:, 1].min(initial=0.0)) - _FOOT * frame.scale if placed.ground is not None else 0.0


def uniform_queries(
    placed: PlacedPieces, stored: Sequence[Labelled], frame: Frame, base: float, count: int, generator: np.random.Generator
) -> Labelled:
    """Labelled points (count, 3), uniform in the frame's padded cube, in the coordinates of the scan.

    stored: of each piece, in own coordinates, uniform points in a cube around it. In a piece's box as many of its stored
    points are taken as uniform ones would lie there; what lies beyond the boxes is outside of the pieces.
    """
    world = frame.to_original(PADDED_HALF * generator.uniform(-1.0, 1.0, (count, 3)))
    points = world @ placed.pose
    inside = np.zeros(count, dtype=bool)
    known = np.ones(count, dtype=bool)
    for piece, (own, labels) in zip(placed.pieces, stored, strict=True):
        rows = np.flatnonzero(piece.holds(points))
        boxed = ((own >= piece.low) & (own <= piece.high)).all(axis=1)
        there = piece.to_scene(own[boxed])
        held = np.flatnonzero(within(frame, there @ placed.pose.T))
        if not len(held):
            known[rows] = False
            continue
        taken = held[: len(rows)] if len(held) >= len(rows) else generator.choice(held, len(rows))
        points[rows], inside[rows] = there[taken], labels[boxed][taken]
    if placed.ground is not None:
        inside |= placed.ground.inside(points, base)
    return _filled(points[known] @ placed.pose.T, inside[known], count, generator)


def near_queries(
    placed: PlacedPieces, stored: Sequence[Labelled], frame: Frame, base: float, count: int, generator: np.random.Generator
) -> Labelled:
    """Labelled points (count, 3) near the surface and in the frame's padded cube, in the coordinates of the scan.

    stored: of each piece, in own coordinates, points near it; those that come near another piece are left out.
    """
    parts = []
    for number, (piece, (own, labels)) in enumerate(zip(placed.pieces, stored, strict=True)):
        points = piece.to_scene(own)
        kept = within(frame, points @ placed.pose.T)
        for other, another in enumerate(placed.pieces):
            if other != number:
                kept &= ~another.holds(points)
        parts.append((points[kept], labels[kept]))
    if placed.ground is not None:
        parts.append(_near_ground(placed, frame, count, generator))
    points, inside = (np.concatenate(each) for each in zip(*parts, strict=True))
    if placed.ground is not None:
        inside = inside | placed.ground.inside(points, base)
    order = generator.permutation(len(points))[:count]
    return _filled(points[order] @ placed.pose.T, inside[order], count, generator)


def _near_ground(placed: PlacedPieces, frame: Frame, count: int, generator: np.random.Generator) -> Labelled:
    """Points near the ground and in no piece's box, not yet labelled; half as many as wanted where there are pieces."""
    assert placed.ground is not None
    points, _ = placed.ground.surface(count // 2 if placed.pieces else 2 * count, generator)
    points = points + frame.scale * generator.choice(_DEVIATIONS, len(points))[:, None] * generator.standard_normal(
        points.shape
    )
    kept = within(frame, points @ placed.pose.T)
    for piece in placed.pieces:
        kept &= ~piece.holds(points)
    return points[kept], np.zeros(int(kept.sum()), dtype=bool)


def _filled(points: Floats, inside: NDArray[np.bool_], count: int, generator: np.random.Generator) -> Labelled:
    """So many points, some of them again where there are fewer; of none at all, nothing."""
    if len(points) < count and len(points):
        again = generator.integers(len(points), size=count - len(points))
        points, inside = np.concatenate([points, points[again]]), np.concatenate([inside, inside[again]])
    return points[:count], inside[:count]
