"""What is behind and under the thing in a photo: one colour, a gradient, or a clutter of things and textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from occnet.files.srgb import linear
from occnet.shapes.materials import Material, any_of, cloth, dark_glass, metal, plastic, wood

Floats = NDArray[np.float32]

PLAIN, GRADIENT, CLUTTERED = "plain", "gradient", "cluttered"
_WHITE_CHANCE = 0.5  # of a plain ground
_THINGS = (4, 18)  # in a cluttered backdrop
_SHARP = 0.3  # share of the cluttered backdrops that are in focus


@dataclass(frozen=True, eq=False)
class Ground:
    """A backdrop, and what the floor is made of."""

    kind: str  # PLAIN, GRADIENT or CLUTTERED
    backdrop: Floats  # (size, size, 3) linear RGB, what is seen where there is no floor
    floor: Material | None  # None: as the backdrop shows it there

    def on_floor(self, places: NDArray) -> Floats:
        """Linear RGB (N, 3) of the floor at places (N, 2), x and z. Only where it is made of something."""
        assert self.floor is not None
        points = np.stack([places[:, 0], np.zeros(len(places)), places[:, 1]], axis=1)
        return linear(255.0 * self.floor.colors(points))


def draw_ground(kind: str, size: int, generator: np.random.Generator) -> Ground:
    """A random ground of that kind for a picture of size x size pixels."""
    if kind == PLAIN:
        white = generator.random() < _WHITE_CHANCE
        color = np.full(3, generator.uniform(0.85, 1.0)) if white else _color(generator)
        return Ground(kind, np.broadcast_to(color.astype(np.float32), (size, size, 3)).copy(), None)
    if kind == GRADIENT:
        return Ground(kind, _gradient(size, generator), None)
    backdrop = _clutter(size, generator)
    return Ground(kind, backdrop, any_of(generator, wood, cloth, plastic, metal))


def _color(generator: np.random.Generator) -> NDArray[np.float64]:
    """Any colour, linear RGB (3,), greys more often."""
    grey = generator.uniform(0.02, 1.0)
    return np.clip(grey * (1.0 + generator.choice([0.03, 0.4]) * generator.standard_normal(3)), 0.005, 1.0)


def _gradient(size: int, generator: np.random.Generator) -> Floats:
    """From one colour to another of the same hue, straight or around a place, smoothly."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    heading = generator.standard_normal(2)
    heading /= np.linalg.norm(heading)
    middle = generator.uniform(-0.3, 0.3, 2)
    straight = 0.5 + heading[0] * x + heading[1] * y
    share = np.where(generator.random() < 0.5, straight, np.hypot(x - middle[0], y - middle[1]) * 1.2)
    one = _color(generator)
    other = one * generator.uniform(0.35, 0.9)
    return (one + np.clip(share, 0.0, 1.0)[..., None] * (other - one)).astype(np.float32)


def _clutter(size: int, generator: np.random.Generator) -> Floats:
    """A wall of some material with stains, before it boxes and discs of others, in focus or not."""
    y, x = np.mgrid[0:size, 0:size] / size
    result = _textured(x, y, generator) * _stains(size, generator)
    for _ in range(generator.integers(*_THINGS)):
        middle, half = generator.uniform(0.0, 1.0, 2), generator.uniform(0.03, 0.35, 2)
        angle = generator.choice([0.0, generator.uniform(0.0, np.pi)])
        u = ((x - middle[0]) * np.cos(angle) + (y - middle[1]) * np.sin(angle)) / half[0]
        v = ((y - middle[1]) * np.cos(angle) - (x - middle[0]) * np.sin(angle)) / half[1]
        there = np.maximum(np.abs(u), np.abs(v)) < 1.0 if generator.random() < 0.7 else np.hypot(u, v) < 1.0
        shaded = 1.0 + generator.uniform(-0.5, 0.5) * u[there]
        result[there] = _textured(u[there], v[there], generator) * shaded[:, None]
    if generator.random() > _SHARP:
        deviation = generator.uniform(0.01, 0.06) * size
        result = gaussian_filter(result, (deviation, deviation, 0.0))
    return np.clip(result * generator.uniform(0.3, 1.2), 0.0, 1.0).astype(np.float32)


def _textured(x: NDArray, y: NDArray, generator: np.random.Generator) -> Floats:
    """A material at places of a plane, any shape (...), (..., 3) linear RGB."""
    material = any_of(generator, wood, cloth, cloth, plastic, metal, dark_glass)
    turned = generator.random() < 0.5
    points = np.stack([x, y, 0.3 * x], axis=-1) if turned else np.stack([y, x, 0.3 * y], axis=-1)
    scale = generator.uniform(0.1, 0.8)
    return linear(255.0 * material.colors(scale * points.reshape(-1, 3))).reshape(*x.shape, 3)


def _stains(size: int, generator: np.random.Generator) -> Floats:
    """Smooth factors around 1, (size, size, 1)."""
    coarse = generator.uniform(0.6, 1.2, (5, 5))
    smooth = np.asarray(zoom(coarse, size / 5, order=1))[:size, :size]
    return smooth[..., None].astype(np.float32)
