"""A scan of a cylinder and a box on a table, for tests: what a scanner that walks around it sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CYLINDER, RADIUS, HEIGHT = np.array([-0.4, 0.2]), 0.15, 0.4
BOX = np.array([[0.3, -0.3, 0.0], [0.6, 0.1, 0.25]])


def in_cylinder(flat: NDArray, margin: float = 0.0) -> NDArray[np.bool_]:
    return np.asarray(np.linalg.norm(flat - CYLINDER, axis=1) < RADIUS + margin)


def in_box(flat: NDArray, margin: float = 0.0) -> NDArray[np.bool_]:
    return np.asarray(((flat > BOX[0, :2] - margin) & (flat < BOX[1, :2] + margin)).all(axis=1))


def table_scan(density: float = 4000.0, noise: float = 0.0, seed: int = 0) -> NDArray[np.float64]:
    """Points of a table of 2 x 1.6 with a cylinder and a box on it, in random order, density points a unit of area."""
    generator = np.random.default_rng(seed)

    def spread(low: NDArray, high: NDArray) -> NDArray:
        edges = np.asarray(high, float) - low
        count = round(density * np.prod(edges[edges > 0]))
        return generator.uniform(low, high, (count, 3))

    table = spread(np.array([-1, -0.8, 0]), np.array([1, 0.8, 0]))
    table = table[~in_cylinder(table[:, :2]) & ~in_box(table[:, :2])]
    angle = generator.uniform(0, 2 * np.pi, round(density * 2 * np.pi * RADIUS * HEIGHT))
    side = np.stack([np.cos(angle) * RADIUS + CYLINDER[0], np.sin(angle) * RADIUS + CYLINDER[1]], axis=1)
    side = np.column_stack([side, generator.uniform(0, HEIGHT, len(angle))])
    lid = spread(np.array([*(CYLINDER - RADIUS), HEIGHT]), np.array([*(CYLINDER + RADIUS), HEIGHT]))
    faces = [table, side, lid[in_cylinder(lid[:, :2])]]
    for axis, end in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 1)):
        low, high = BOX.copy()
        low[axis] = high[axis] = BOX[end, axis]
        faces.append(spread(low, high))
    points = np.concatenate(faces)
    return generator.permutation(points + noise * generator.standard_normal(points.shape))
