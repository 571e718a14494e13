"""Simulated scans: what a real scanner might deliver of a shape, and the random points to learn its inside from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from occnet.data.prepared_split import PreparedSplit
from occnet.mesh import Frame

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ScanConfig:
    """How scans are simulated for training. Lengths are in units of the shape's longest edge."""

    points_min: int = 300  # fewest points of a scan; the count is drawn log-uniformly
    points_max: int = 10_000  # most points of a scan
    noise_max: float = 0.02  # largest standard deviation of the noise; small values are the most frequent
    outlier_chance: float = 0.15  # share of scans with outliers
    outliers_max: float = 0.1  # largest share of outliers in such a scan
    hole_chance: float = 0.2  # share of scans with a missing part
    uneven_chance: float = 0.2  # share of scans whose density changes across the shape
    stretch_chance: float = 0.5  # share of shapes that are stretched along their axes
    stretch_max: float = 1.6  # largest factor of it
    rotation_chance: float = 0.3  # share of shapes that are rotated freely, not only by the symmetries of the cube
    uniform_queries: int = 512  # labelled points a shape, uniform in the padded cube
    near_queries: int = 1536  # labelled points a shape, near the surface

    def __post_init__(self) -> None:
        if not 1 <= self.points_min <= self.points_max:
            raise ValueError(f"points_min must lie between 1 and points_max, but is {self.points_min}")


@dataclass(frozen=True, eq=False)
class Scan:
    """One training sample: a cloud in its own unit cube, and labelled points in the same coordinates."""

    points: Floats  # (N, 3)
    queries: Floats  # (Q, 3)
    inside: Floats  # (Q,) 0 or 1


def simulate_scan(split: PreparedSplit, shape: int, count: int, config: ScanConfig, generator: np.random.Generator) -> Scan:
    """A random scan of count points of a prepared shape, framed by its own bounding box as a user's scan would be."""
    stored = split.surface_points
    surface, normals = split.surface(shape, min(2 * count, stored), generator)
    uniform, uniform_inside = split.labelled(shape, "uniform", config.uniform_queries, generator)
    near, near_inside = split.labelled(shape, "near", config.near_queries, generator)
    turn = _orientation(config, generator) * _stretch(surface, config, generator)
    points = (surface @ turn.T)[_seen(surface, normals, count, config, generator)]
    noise = config.noise_max * generator.random() ** 2
    points = points + noise * generator.standard_normal(points.shape)
    points = _with_outliers(points, config, generator)
    frame = Frame.of(points)
    queries = np.concatenate([uniform, near]) @ turn.T
    return Scan(
        points=frame.to_unit(points).astype(np.float32),
        queries=frame.to_unit(queries).astype(np.float32),
        inside=np.concatenate([uniform_inside, near_inside]).astype(np.float32),
    )


def clean_scan(
    split: PreparedSplit, shape: int, count: int, noise: float, queries: int, generator: np.random.Generator
) -> Scan:
    """The protocol's observation of a shape: count points by area, isotropic noise, and labelled uniform points."""
    points, _ = split.surface(shape, count, generator)
    points = points + np.float32(noise) * generator.standard_normal(points.shape, dtype=np.float32)
    uniform, inside = split.labelled(shape, "uniform", queries, generator)
    frame = Frame.of(points)
    return Scan(
        points=frame.to_unit(points).astype(np.float32),
        queries=frame.to_unit(uniform).astype(np.float32),
        inside=inside.astype(np.float32),
    )


def _orientation(config: ScanConfig, generator: np.random.Generator) -> Floats:
    # Scans come upright more often than not: half of the turns keep the vertical (y) axis.
    if generator.random() < config.rotation_chance:
        return Rotation.random(rng=generator).as_matrix().astype(np.float32)
    order = np.array([0, 1, 2]) if generator.random() < 0.6 else generator.permutation(3)
    if generator.random() < 0.5:
        order = order[[2, 1, 0]]
    signs = generator.choice([-1.0, 1.0], 3)
    if generator.random() < 0.7:
        signs[1] = 1.0
    return (np.eye(3)[order] * signs[:, None]).astype(np.float32)


def _stretch(surface: Floats, config: ScanConfig, generator: np.random.Generator) -> Floats:
    """Factors along the shape's own axes, (3,); the longest edge stays 1. Labels stay right under any affine map."""
    if generator.random() >= config.stretch_chance:
        return np.ones(3, dtype=np.float32)
    factors = np.exp(generator.uniform(-1.0, 1.0, 3) * np.log(config.stretch_max))
    longest = (np.ptp(surface, axis=0) * factors).max()
    return (factors / longest).astype(np.float32)


def _seen(surface: Floats, normals: Floats, count: int, config: ScanConfig, generator: np.random.Generator) -> NDArray[np.intp]:
    """Which count of the surface points the scanner delivers, with holes and uneven density in some scans."""
    weight = np.zeros(len(surface))  # log of the chance to be seen
    if generator.random() < config.uneven_chance:
        weight += surface @ generator.normal(0.0, 2.0, 3)
    if generator.random() < config.hole_chance:
        if generator.random() < 0.5:  # a part is hidden
            center = surface[generator.integers(len(surface))]
            weight[np.linalg.norm(surface - center, axis=1) < generator.uniform(0.05, 0.3)] -= 50.0
        else:  # one side is hardly seen
            direction = generator.standard_normal(3)
            away = normals @ (direction / np.linalg.norm(direction))
            weight[away > generator.uniform(0.2, 0.8)] -= generator.uniform(1.0, 5.0)
    if len(surface) == count:
        return np.arange(count)
    if not weight.any():
        return np.arange(count)  # the stored order is random already
    chance = weight + generator.gumbel(size=len(surface))  # the largest are a weighted sample without replacement
    return np.argpartition(-chance, count)[:count]


def _with_outliers(points: NDArray, config: ScanConfig, generator: np.random.Generator) -> NDArray:
    if generator.random() >= config.outlier_chance:
        return points
    count = int(len(points) * generator.uniform(0.0, config.outliers_max))
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    points = points.copy()
    points[:count] = middle + 1.1 * half * generator.uniform(-1.0, 1.0, (count, 3))
    return points
