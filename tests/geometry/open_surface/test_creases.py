"""Points at the edge where two walls meet have the normal of one of them, not one between."""

from __future__ import annotations

import numpy as np

from occnet.geometry.open_surface.creases import crease_normals
from occnet.geometry.sensors.sensor_normals import plane_normals

SPACING = 0.03


def two_walls(noise: float = 0.0) -> np.ndarray:
    """Of 1 x 1 each, at z = 0 and at x = 0, by the edge where they meet; (N, 3)."""
    generator = np.random.default_rng(0)
    count = round(1.0 / SPACING**2)
    flat = generator.random((2, count, 2))
    zero = noise * generator.standard_normal((2, count))
    return np.concatenate([np.column_stack([flat[0], zero[0]]), np.column_stack([zero[1], flat[1]])])


def deviation(points: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Sines of the angles to the nearest wall's normal, of planes as they are and of what they become."""
    upright = plane_normals(points)
    upright *= np.where((upright @ [1.0, 0.0, 1.0]) < 0.0, -1.0, 1.0)[:, None]
    mended = crease_normals(points, upright, np.full(len(points), SPACING), noise)
    inside = (points[:, 1] > 0.1) & (points[:, 1] < 0.9) & (np.maximum(points[:, 0], points[:, 2]) < 0.9)
    wall = np.where(points[:, :1] > points[:, 2:], [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    first, second = (np.linalg.norm(np.cross(found, wall), axis=1)[inside] for found in (upright, mended))
    return first, second


def test_at_the_edge_the_normals_are_those_of_the_walls() -> None:
    before, after = deviation(two_walls(), 0.0)
    assert (before > 0.3).mean() > 0.02
    assert np.quantile(after, 0.99) < 0.2
    assert (after > 0.3).mean() < 0.4 * (before > 0.3).mean()


def test_noise_is_no_edge_and_an_edge_is_found_in_noise() -> None:
    noise = 0.005
    before, after = deviation(two_walls(noise), noise)
    assert (after > 0.4).mean() < 0.4 * (before > 0.4).mean()
    flat = two_walls(noise)[: round(1.0 / SPACING**2)]
    normals = plane_normals(flat)
    changed = (crease_normals(flat, normals, np.full(len(flat), SPACING), noise) != normals).any(axis=1)
    assert changed.mean() < 0.01


def test_what_is_merely_bent_has_no_edges() -> None:
    generator = np.random.default_rng(0)
    ball = generator.standard_normal((3000, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    spacing = np.full(len(ball), np.sqrt(4.0 * np.pi / 3000))
    assert (crease_normals(ball, ball, spacing, 0.0) == ball).all()
