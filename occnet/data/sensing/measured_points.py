"""From what sensors see to what they deliver: rays chosen, distances measured, with all that goes wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.data.sensing.sensor_config import SensorConfig
from occnet.data.sensing.sensor_views import SensorView, picture_places, rays_to

Floats = NDArray[np.floating]
_GRAZING = 0.2  # cosine to the surface below which fewer and fewer rays return
_LARGEST_BLIND = 1 / 3  # of the picture's edge
_FINEST = 0.7  # edge of a pixel, in cells of the view: the surface between its points is not known any finer
_BETWEEN = 0.3  # of the spacing: how far points that are drawn again are moved on their tangent plane


@dataclass(frozen=True, eq=False)
class Measured:
    """Points as sensors deliver them."""

    points: Floats  # (N, 3)
    rows: NDArray[np.intp]  # (N,) of the surface points that they come from
    toward: Floats  # (N, 3) unit, from each point to its sensor
    true: NDArray[np.bool_]  # (N,) whether it was measured on the surface: neither flying nor an outlier


@dataclass(frozen=True, eq=False)
class _Rays:
    """Rays of all sensors that return from the surface: those that a scan may consist of."""

    sensor: NDArray[np.intp]  # (M,) the number of the sensor
    row: NDArray[np.intp]
    direction: Floats  # (M, 3)
    distance: Floats  # (M,)
    beyond: Floats  # (M,)
    weight: Floats  # (M,) how many rays of equal angles meet the area that it stands for

    def chosen(self, which: NDArray[np.intp]) -> _Rays:
        return _Rays(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def measured(
    views: Sequence[SensorView],
    surface: tuple[Floats, Floats],
    count: int,
    size: float,
    config: SensorConfig,
    generator: np.random.Generator,
) -> Measured | None:
    """A scan of count points by sensors with these views; None where no ray returns.

    surface: the points and normals (N, 3) each that the views are of. size: the longest edge of what is scanned.
    """
    grid = generator.random() < config.grid_chance
    parts = []
    for number, view in enumerate(views):
        returned = view.facing > _GRAZING * generator.random(len(view.seen))
        returned &= ~_blind(view, config, generator)
        which = np.flatnonzero(returned)
        parts.append(
            _Rays(
                np.full(len(which), number),
                view.seen[which],
                view.rays[which],
                view.distances[which],
                view.beyond[which],
                view.facing[which] / view.distances[which] ** 2,
            )
        )
        if grid and len(which):
            parts[-1] = _on_pixels(parts[-1], view, surface, count / len(views), generator)
    rays = _Rays(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Rays.__dataclass_fields__))
    if not len(rays.row):
        return None
    rays = rays.chosen(_drawn(rays.weight, count, generator))
    return _delivered(rays, views, surface[1], size, config, generator)


def _blind(view: SensorView, config: SensorConfig, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Which of the seen points lie in the view's blind spot (dark, glossy), a rectangle of its picture, if it has one."""
    chance, (left, top, width, height) = generator.random(), generator.random(4)
    if chance >= config.blind_chance or not len(view.seen):
        return np.zeros(len(view.seen), dtype=bool)
    places = picture_places(view.rays, view.axes)
    low, extent = places.min(axis=0), np.ptp(places, axis=0)
    start = low + extent * (left, top)
    end = start + extent * (_LARGEST_BLIND * width, _LARGEST_BLIND * height)
    return ((places >= start) & (places <= end)).all(axis=1)


def _on_pixels(
    rays: _Rays, view: SensorView, surface: tuple[Floats, Floats], wanted: float, generator: np.random.Generator
) -> _Rays:
    """One ray through the middle of each pixel in which there are rays, of about 1 to 3 times as many pixels as wanted.

    The ray meets the tangent plane of a surface point that the pixel shows.
    """
    places = picture_places(rays.direction, view.axes)
    taken = len(np.unique(np.floor(places / view.cell).astype(np.int64) @ [1 << 20, 1]))  # cells of the view
    pitch = view.cell * max(np.sqrt(taken / (wanted * generator.uniform(1.0, 3.0))), _FINEST)
    pixels = np.floor(places / pitch).astype(np.int64)
    order = generator.permutation(len(pixels))
    first = order[np.unique(pixels[order] @ [1 << 20, 1], return_index=True)[1]]
    rays = rays.chosen(first)
    direction = rays_to((pixels[first] + 0.5) * pitch, view.axes)
    normals = surface[1][rays.row]
    distance = np.einsum("ni,ni->n", surface[0][rays.row] - view.position, normals) / np.minimum(
        np.einsum("ni,ni->n", direction, normals), -1e-3
    )
    # near the outline of a thing the plane may lie anywhere along the ray: there the point itself is the better answer
    near = np.abs(distance - rays.distance) < 4.0 * pitch * rays.distance
    return _Rays(
        rays.sensor,
        rays.row,
        np.where(near[:, None], direction, rays.direction),
        np.where(near, distance, rays.distance),
        rays.beyond,
        np.ones(len(first)),
    )


def _drawn(weight: Floats, count: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Rows of count rays in random order, drawn by their weights; all of them, and some again, where there are fewer."""
    if len(weight) >= count:
        chance = np.log(weight) + generator.gumbel(size=len(weight))
        return generator.permutation(np.argpartition(-chance, count - 1)[:count])
    again = generator.choice(len(weight), count - len(weight), p=weight / weight.sum())
    return generator.permutation(np.concatenate([np.arange(len(weight)), again]))


def _delivered(
    rays: _Rays,
    views: Sequence[SensorView],
    normals: Floats,
    size: float,
    config: SensorConfig,
    generator: np.random.Generator,
) -> Measured:
    """The points at the measured distances."""
    count = len(rays.row)
    deviation = config.range_noise * generator.random() ** 2 * size * (rays.distance / (2.0 * size)) ** 2
    distance = rays.distance + deviation * generator.standard_normal(count)
    flying = (rays.beyond > rays.distance) & (generator.random(count) < config.flying_chance)
    distance = np.where(flying, distance + generator.random(count) * (rays.beyond - rays.distance), distance)
    if generator.random() < config.step_chance:
        step = config.step_max * size * generator.uniform(0.1, 1.0)
        distance = np.round(distance / step) * step
    origins = np.stack([view.position for view in views])
    if len(views) > 1:
        origins = origins + config.shift_max * size * generator.random() ** 2 * generator.normal(0.0, 1.0, origins.shape)
    points = origins[rays.sensor] + distance[:, None] * rays.direction
    # Far strays are left out of a scan before anything is made of it: what matters are those in the box of the others.
    low, high = points.min(axis=0), points.max(axis=0)
    anywhere = rays.distance + size * generator.uniform(-0.5, 0.5, count)
    strays = origins[rays.sensor] + anywhere[:, None] * rays.direction
    wild = generator.random(count) < config.outliers_max * generator.random()
    wild &= ((strays >= low) & (strays <= high)).all(axis=1)
    points = np.where(wild[:, None], strays, points)
    repeated = ~wild
    repeated[np.unique(rays.row, return_index=True)[1]] = False
    if repeated.any():
        spacing = np.array([view.cell for view in views])[rays.sensor[repeated]] * rays.distance[repeated]
        moved = _BETWEEN * spacing[:, None] * generator.standard_normal((int(repeated.sum()), 3))
        normal = normals[rays.row[repeated]]
        points[repeated] += moved - np.einsum("ni,ni->n", moved, normal)[:, None] * normal
    return Measured(points, rays.row, -rays.direction, ~(flying | wild))
