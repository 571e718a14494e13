"""Things that have a surface but no inside, as scanners see them; and what the surface is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def height_of(x: Points, y: Points) -> Points:
    """Of the terrain, above (x, y)."""
    return 4.0 * np.sin(x / 17.0) * np.cos(y / 23.0) + 1.5 * np.sin((x + 2 * y) / 11.0)


def terrain(count: int = 6000, noise: float = 0.02) -> Points:
    """Points (N, 3) of hilly land of 100 x 80, z up."""
    generator = np.random.default_rng(0)
    x, y = generator.uniform(0.0, 100.0, count), generator.uniform(0.0, 80.0, count)
    return np.stack([x, y, height_of(x, y) + noise * generator.standard_normal(count)], axis=1)


def tabletop() -> Points:
    """A mug, closed on top, on a flat table of 2 x 2, of which nothing is seen below the mug; z up. 22,700 points."""
    generator = np.random.default_rng(0)
    flat = np.append(generator.uniform(-1.0, 1.0, (15_000, 2)), np.zeros((15_000, 1)), axis=1)
    flat = flat[np.hypot(flat[:, 0], flat[:, 1]) > 0.15]
    angle, height = generator.uniform(0.0, 2.0 * np.pi, 6000), generator.uniform(0.0, 0.4, 6000)
    side = np.stack([0.15 * np.cos(angle), 0.15 * np.sin(angle), height], axis=1)
    radius, angle = 0.15 * np.sqrt(generator.random(2000)), generator.uniform(0.0, 2.0 * np.pi, 2000)
    top = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(2000, 0.4)], axis=1)
    return np.concatenate([flat, side, top])


ROOM = np.array([5.0, 4.0, 2.6])  # from corner to corner
SENSOR = np.array([3.4, 1.5, 1.4])


def room(count: int = 12_000, noise: float = 0.003) -> Points:
    """An empty room as a scanner in it sees it, in all directions but steeply down. Points (N, 3)."""
    generator = np.random.default_rng(0)
    directions = generator.standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions = directions[directions[:, 2] > -0.9]
    walls = np.where(directions > 0.0, ROOM - SENSOR, -SENSOR)
    distance = (walls / directions).min(axis=1) + noise * generator.standard_normal(len(directions))
    return SENSOR + distance[:, None] * directions


def front_of_ball(count: int = 5000) -> Points:
    """What is seen of a ball of radius 1 from far up z."""
    points = np.random.default_rng(0).standard_normal((2 * count, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points[points[:, 2] > 0.15]
