"""What scanned things stand on, or a scanned piece of land itself: solid below a surface of waves, with exact labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.vectors import normalized

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Ground:
    """A piece of ground, a table's top if it has no waves, whose height is that of its waves; y is up.

    waves: (M, 4) rows of wave numbers in x and z (radians a unit), phase and height. half: (2,) half widths in x and z.
    center: (2,) in x and z. round: whether it is an ellipse and not a rectangle.
    """

    waves: Floats
    center: Floats
    half: Floats
    round: bool = False

    def height(self, x: Floats, z: Floats) -> Floats:
        """How high the ground is at places x, z (N,)."""
        angle = np.multiply.outer(x, self.waves[:, 0]) + np.multiply.outer(z, self.waves[:, 1]) + self.waves[:, 2]
        return np.sin(angle) @ self.waves[:, 3]

    def surface(self, count: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Points (count, 3) on it, uniform over its plan, and unit normals (count, 3) upward."""
        u, v = generator.uniform(-1.0, 1.0, (2, count))
        if self.round:
            radius, angle = np.sqrt(generator.random(count)), generator.uniform(0.0, 2.0 * np.pi, count)
            u, v = radius * np.cos(angle), radius * np.sin(angle)
        x, z = self.center[0] + self.half[0] * u, self.center[1] + self.half[1] * v
        angle = np.multiply.outer(x, self.waves[:, 0]) + np.multiply.outer(z, self.waves[:, 1]) + self.waves[:, 2]
        slopes = np.cos(angle) @ (self.waves[:, 3:] * self.waves[:, :2])  # (count, 2)
        normals = normalized(np.stack([-slopes[:, 0], np.ones(count), -slopes[:, 1]], axis=1))
        return np.stack([x, np.sin(angle) @ self.waves[:, 3], z], axis=1), normals

    def inside(self, points: Floats, base: float) -> NDArray[np.bool_]:
        """Whether points (N, 3) lie in the solid between the surface and a base plane at that height, (N,)."""
        across = (points[:, [0, 2]] - self.center) / self.half
        within = (across**2).sum(axis=1) < 1.0 if self.round else (np.abs(across) < 1.0).all(axis=1)
        return within & (points[:, 1] > base) & (points[:, 1] < self.height(points[:, 0], points[:, 2]))


def flat_waves() -> Floats:
    """The waves of a table's top: none."""
    return np.zeros((0, 4))


def random_waves(size: float, height: float, generator: np.random.Generator) -> Floats:
    """Waves (M, 4) of a landscape about `size` wide, `height` high from bottom to top: the shorter they are, the lower."""
    count = int(generator.integers(4, 25))
    length = size * np.exp(generator.uniform(np.log(0.08), np.log(2.0), count))
    direction = generator.uniform(0.0, 2.0 * np.pi, count)
    amplitude = length ** generator.uniform(0.9, 1.6) * generator.random(count)
    amplitude *= 0.5 * height / max(float(np.sqrt((amplitude**2).sum())), 1e-9)
    number = 2.0 * np.pi / length
    phase = generator.uniform(0.0, 2.0 * np.pi, count)
    return np.stack([number * np.cos(direction), number * np.sin(direction), phase, amplitude], axis=1)
