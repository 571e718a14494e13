"""Polygons and profiles that families draw their extrusions and revolutions from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Random = np.random.Generator


def regular_polygon(sides: int, phase: float = 0.0) -> NDArray[np.float64]:
    """Corners (sides, 2) of a regular polygon on the unit circle."""
    angle = phase + 2.0 * np.pi * np.arange(sides) / sides
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def radial(radii: NDArray[np.float64], phase: float = 0.0) -> NDArray[np.float64]:
    """Corners (M, 2) at equal angles with the given radii."""
    return radii[:, None] * regular_polygon(len(radii), phase)


def gear(teeth: int, depth: float) -> NDArray[np.float64]:
    """Corners of a gear of outer radius 1 whose teeth stand depth high, with slanted flanks."""
    step = 2.0 * np.pi / teeth
    angle = (np.arange(teeth)[:, None] * step + step * np.array([-0.32, -0.16, 0.16, 0.32])).ravel()
    radius = np.tile([1.0 - depth, 1.0, 1.0, 1.0 - depth], teeth)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def superformula(random: Random, corners: int = 64) -> NDArray[np.float64]:
    """A random closed curve of Gielis' superformula (A generic geometric transformation, 2003), largest radius 1."""
    angle = 2.0 * np.pi * np.arange(corners) / corners
    symmetry = int(random.integers(2, 9))
    n1, n2, n3 = random.uniform(0.6, 4.0), random.uniform(0.8, 4.0), random.uniform(0.8, 4.0)
    radius = (np.abs(np.cos(symmetry * angle / 4)) ** n2 + np.abs(np.sin(symmetry * angle / 4)) ** n3) ** (-1.0 / n1)
    return radial(np.clip(radius / radius.max(), 0.15, 1.0))


def smooth_profile(random: Random, height: float, knots: int = 32) -> NDArray[np.float64]:
    """A smooth profile (knots, 2) of heights from 0 and positive radii, by a few random waves."""
    y = np.linspace(0.0, 1.0, knots)
    wave = sum(random.uniform(-1, 1) / k * np.cos(k * np.pi * y + random.uniform(0, 2 * np.pi)) for k in range(1, 5))
    radius = random.uniform(0.15, 0.4) * (1.0 + 0.45 * wave)
    return np.stack([height * y, np.clip(radius, 0.04, None)], axis=1)


def lathe_profile(random: Random, height: float) -> NDArray[np.float64]:
    """A turned profile of cylinders, cones and steps."""
    count = int(random.integers(3, 8))
    gaps = random.uniform(0.3, 1.0, count + 1)  # none so small that a step becomes a sheet without thickness
    y = np.concatenate([[0.0], np.cumsum(gaps) / gaps.sum()])
    radius = random.uniform(0.06, 0.35, count + 2)
    knots = [[height * y[0], radius[0]]]
    for low, high, here, there in zip(y[:-1], y[1:], radius[:-1], radius[1:], strict=True):
        if random.random() < 0.5:  # a cylinder and then a step
            knots += [[height * (high - 0.02 * (high - low)), here], [height * high, there]]
        else:
            knots.append([height * high, there])
    return np.array(knots)


def inset(profile: NDArray[np.float64], wall: float) -> NDArray[np.float64]:
    """A profile moved inward along its normals by about a wall's thickness; radii stay positive."""
    slope = np.gradient(profile[:, 1], profile[:, 0])
    return np.stack([profile[:, 0], np.clip(profile[:, 1] - wall * np.sqrt(1.0 + slope**2), 1e-4, None)], axis=1)
