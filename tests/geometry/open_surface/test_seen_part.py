"""What was seen of a surface: as large as it should be, whole between the points, and with smooth ends."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.field import Sphere
from occnet.geometry.half_edges import HalfEdges
from occnet.geometry.open_surface.open_scan import OpenScan
from occnet.geometry.open_surface.seen_part import seen_part
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh

BALL = extract_mesh(Sphere(0.4), resolution=96)


def upper(count: int, lowest: float = 0.0) -> np.ndarray:
    """Points of the ball above a height, spread at random."""
    points = np.random.default_rng(0).standard_normal((count, 3))
    points *= 0.4 / np.linalg.norm(points, axis=1, keepdims=True)
    return points[points[:, 2] > lowest]


def cut(points: np.ndarray) -> Mesh:
    return seen_part(BALL, points, OpenScan(points, None, None, None).spacing())


@pytest.mark.parametrize("count", [1500, 6000, 24_000])
def test_half_a_ball_is_kept_with_one_boundary(count: int) -> None:
    spacing = np.sqrt(4 * np.pi * 0.4**2 / count)
    part = cut(upper(count))
    found = certify(part, open_surface=True)
    assert found.ok, found
    assert (found.boundaries, found.components) == (1, 1)
    beyond = (part.area / (2 * np.pi * 0.4) - 0.4) / spacing  # how far below the lowest points it ends, on average
    assert 0.0 < beyond < 1.3


def test_the_boundary_is_smooth() -> None:
    """No longer than a tenth more than the circle that it should be."""
    part = cut(upper(6000))
    edges = HalfEdges(part.faces)
    rim = edges.sizes == 1
    length = np.linalg.norm(part.vertices[edges.low[rim]] - part.vertices[edges.high[rim]], axis=1).sum()
    assert 2 * np.pi * 0.4 * 0.97 < length < 2 * np.pi * 0.4 * 1.12


def test_a_real_hole_stays_and_chance_makes_none() -> None:
    points = upper(12_000, lowest=-1.0)
    assert certify(cut(points), open_surface=True).boundaries == 0
    away = points[np.linalg.norm(points - [0.4, 0.0, 0.0], axis=1) > 0.12]
    found = certify(cut(away), open_surface=True)
    assert (found.boundaries, found.ok) == (1, True)
    assert found.area == pytest.approx(4 * np.pi * 0.4**2 - np.pi * 0.12**2, rel=0.03)


def test_density_may_change() -> None:
    points = upper(40_000, lowest=-1.0)
    sparse = points[np.random.default_rng(1).random(len(points)) < np.where(points[:, 0] > 0, 1.0, 0.15)]
    found = certify(cut(sparse), open_surface=True)
    assert (found.boundaries, found.ok) == (0, True)


def test_pieces_with_few_points_are_dropped_and_nothing_is_nothing() -> None:
    cap, lone = upper(8000, lowest=0.2), np.array([[0.0, 0.0, -0.4], [0.004, 0.0, -0.4]])
    assert certify(cut(np.concatenate([cap, lone])), open_surface=True).components == 1
    assert len(cut(upper(2000) + 5.0).faces) == 0
