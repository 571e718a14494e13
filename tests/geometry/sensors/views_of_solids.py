"""What depth cameras see of solids whose surfaces have a formula: points on the rays of a square grid of pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.vectors import normalized


def camera_rays(position: NDArray, pixels: int = 120, width: float = 0.6) -> NDArray[np.float64]:
    """Unit directions (pixels^2, 3), row after row, of a camera at a position (3,) that looks at the origin.

    width: of the picture, at distance 1.
    """
    ahead = normalized(-np.asarray(position, dtype=np.float64))
    right = np.cross(ahead, np.eye(3)[np.abs(ahead).argmin()])
    right = right / np.linalg.norm(right)
    ticks = (np.arange(pixels) + 0.5) / pixels - 0.5
    down, across = np.meshgrid(ticks, ticks, indexing="ij")
    up = np.cross(right, ahead)
    rays = ahead + width * (across.reshape(-1, 1) * right - down.reshape(-1, 1) * up)
    return rays / np.linalg.norm(rays, axis=1, keepdims=True)


def seen_ball(
    position: NDArray, radius: float = 0.5, pixels: int = 120, noise: float = 0.0, center: tuple[float, ...] = (0.0, 0.0, 0.0)
) -> NDArray[np.float64]:
    """The points (N, 3) of a ball that a camera sees. noise: standard deviation along the rays."""
    rays = camera_rays(position, pixels)
    offset = np.asarray(position) - np.asarray(center)
    along = rays @ offset
    square = along**2 - offset @ offset + radius**2
    hit = square > 0.0
    distance = -along[hit] - np.sqrt(square[hit])
    distance += noise * np.random.default_rng(0).standard_normal(len(distance))
    return position + distance[:, None] * rays[hit]


def seen_box(position: NDArray, low: NDArray, high: NDArray, pixels: int = 120, noise: float = 0.0) -> NDArray[np.float64]:
    """The points (N, 3) of an axis-aligned box that a camera outside of it sees."""
    rays = camera_rays(position, pixels)
    with np.errstate(divide="ignore"):
        ends = (np.stack([low, high]) - position)[:, None] / rays
    enter, leave = ends.min(axis=0).max(axis=1), ends.max(axis=0).min(axis=1)
    hit = enter < leave
    distance = enter[hit] + noise * np.random.default_rng(0).standard_normal(int(hit.sum()))
    return position + distance[:, None] * rays[hit]


def torus_distance(places: NDArray, radius: float = 0.35, tube: float = 0.13) -> NDArray[np.float64]:
    """The signed distance to a torus around the z axis, negative inside, (N,)."""
    return np.hypot(np.hypot(places[:, 0], places[:, 1]) - radius, places[:, 2]) - tube


def seen_torus(position: NDArray, pixels: int = 120, noise: float = 0.0) -> NDArray[np.float64]:
    """The points (N, 3) of that torus that a camera sees, found by marching as far as nothing can be hit."""
    rays = camera_rays(position, pixels)
    distance = np.zeros(len(rays))
    for _ in range(120):
        distance += torus_distance(position + distance[:, None] * rays)
    hit = np.abs(torus_distance(position + distance[:, None] * rays)) < 1e-6
    along = distance[hit] + noise * np.random.default_rng(0).standard_normal(int(hit.sum()))
    return position + along[:, None] * rays[hit]
