"""Partial clouds as depth cameras deliver them: what is hidden is missing, what is seen is noisy, some of it is wrong."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from occnet.errors import MeshError
from occnet.geometry.render.camera import Camera
from occnet.geometry.render.occlusion import RayScene

_PIXELS = 160  # along each edge of a depth picture
_FIELD_OF_VIEW = 45.0  # degrees
_RANGE_NOISE = (0.0005, 0.004)  # standard deviation along the ray, at a distance of 2; grows with the square of distance
_GRAZING = 0.2  # cosine to the surface below which fewer and fewer rays return
_FLYING_SHARE = 0.3  # of the pixels beside a step in depth: these lie between near and far
_OUTLIER_SHARE = 0.01  # at most, of all points: anywhere along their rays
_BLIND_CHANCE = 0.3  # that a camera has a blind spot (dark, glossy), of up to a third of the picture's edge


def depth_scan(
    scene: RayScene, normals: NDArray, count: int, generator: np.random.Generator, cameras: int | None = None
) -> NDArray[np.float64]:
    """Points that depth cameras around a shape of about unit size at the origin see of it, (count, 3), in random order.

    scene: the shape. normals: (F, 3) unit normals of its faces. cameras: how many look at it; default: 1 to 4 at random.
    Points lie within [-0.74, 0.74]^3. Where fewer rays return than count, some points come twice.

    Raises MeshError when the cameras see nothing.
    """
    cameras = cameras or int(generator.integers(1, 5))
    parts = [_seen_by_one(scene, normals, generator) for _ in range(cameras)]
    points = np.concatenate(parts)
    if not len(points):
        raise MeshError("depth cameras see nothing of it")
    chosen = generator.permutation(len(points))
    return points[np.resize(chosen, count)]


def _seen_by_one(scene: RayScene, normals: NDArray, generator: np.random.Generator) -> NDArray[np.float64]:
    camera = _camera(generator)
    ticks = np.arange(_PIXELS) + 0.5
    x, y = np.meshgrid(ticks, ticks)
    origins, directions = camera.rays(np.stack([x, y], axis=-1).reshape(-1, 2))
    hits = scene.first_hits(origins, directions)
    depth = hits.distance.astype(np.float64)
    seen = hits.face >= 0
    facing = np.zeros(len(depth))
    facing[seen] = np.abs(np.einsum("ni,ni->n", normals[hits.face[seen]], directions[seen]))
    returned = seen & (facing > _GRAZING * generator.random(len(depth))) & ~_blind_spot(generator)
    deviation = generator.uniform(*_RANGE_NOISE) * (np.where(seen, depth, 0.0) / 2.0) ** 2
    measured = np.where(seen, depth, 0.0) + deviation * generator.standard_normal(len(depth))
    measured = _with_flying_pixels(measured, depth, generator)
    wild = generator.random(len(depth)) < generator.uniform(0.0, _OUTLIER_SHARE)
    near = np.linalg.norm(camera.position) - 0.7
    measured = np.where(wild, generator.uniform(near, near + 1.4, len(depth)), measured)
    points = (origins + measured[:, None] * directions)[returned]
    return points[(np.abs(points) < 0.74).all(axis=1)]


def _camera(generator: np.random.Generator) -> Camera:
    """A camera on a sphere around the origin, from a little below the horizon to nearly above, that looks about there."""
    azimuth, elevation = generator.uniform(0.0, 2.0 * math.pi), math.radians(generator.uniform(-20.0, 70.0))
    back = np.array([math.cos(elevation) * math.sin(azimuth), math.sin(elevation), math.cos(elevation) * math.cos(azimuth)])
    position = generator.uniform(1.6, 2.6) * back
    return Camera.square(position, position - generator.uniform(-0.1, 0.1, 3), _FIELD_OF_VIEW, _PIXELS)


def _blind_spot(generator: np.random.Generator) -> NDArray[np.bool_]:
    blind = np.zeros((_PIXELS, _PIXELS), dtype=bool)
    chance, (left, top, width, height) = generator.random(), generator.random(4)
    if chance < _BLIND_CHANCE:
        x, y = int(left * _PIXELS), int(top * _PIXELS)
        blind[y : y + 1 + int(height * _PIXELS / 3), x : x + 1 + int(width * _PIXELS / 3)] = True
    return blind.reshape(-1)


def _with_flying_pixels(measured: NDArray, depth: NDArray, generator: np.random.Generator) -> NDArray[np.float64]:
    """Some pixels beside a step in depth lie between its two sides, as where one pixel receives light from both."""
    grid, clean = measured.reshape(_PIXELS, _PIXELS), depth.reshape(_PIXELS, _PIXELS)
    beside = np.roll(clean, 1, axis=1)
    both = np.isfinite(beside) & np.isfinite(clean)
    step = np.zeros_like(clean)
    step[both] = beside[both] - clean[both]
    step[:, 0] = 0.0
    flying = (np.abs(step) > 0.05) & (generator.random(grid.shape) < _FLYING_SHARE)
    return np.where(flying, grid + generator.random(grid.shape) * step, grid).reshape(-1)
