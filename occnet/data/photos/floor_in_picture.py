"""The floor that the thing in a photo stands on: which pixels show it, how much light reaches them, and what is behind all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from occnet.data.photos.grounds import Ground
from occnet.geometry.render.camera import Camera
from occnet.geometry.render.photo_rendering import PhotoLight, PhotoRenderer

Floats = NDArray[np.float32]

_SHADE_EVERY = 2  # pixels along each edge, one of which tells how much light the floor gets
_FARTHEST = 20.0  # where a floor ends, in lengths of the thing


@dataclass(frozen=True, eq=False)
class SeenFloor:
    """Where the pixels of a picture of width x width see a level floor."""

    width: int
    down: NDArray[np.bool_]  # (width^2,), whether a pixel looks down onto it
    places: NDArray[np.float64]  # (width^2, 3) in the thing's own coordinates, where it does

    def light(self, renderer: PhotoRenderer, light: PhotoLight, generator: np.random.Generator) -> Floats:
        """The share of the light that reaches the floor past the thing, (width, width); 1 where no floor is seen."""
        coarse = np.arange(self.width**2).reshape(self.width, self.width)[::_SHADE_EVERY, ::_SHADE_EVERY]
        down = self.down[coarse.reshape(-1)]
        shade = np.ones(coarse.size, dtype=np.float32)
        asked = self.places[coarse.reshape(-1)[down]]
        shade[down] = renderer.shade(asked - np.array([0.0, 1e-3, 0.0]), light, generator)
        smooth = gaussian_filter(shade.reshape(coarse.shape), 0.8)
        return np.asarray(zoom(smooth, _SHADE_EVERY, order=1, mode="nearest", grid_mode=True), dtype=np.float32)


def seen_floor(camera: Camera, pixels: NDArray, height: float) -> SeenFloor | None:
    """The floor at a height (-inf: there is none) as the pixels (width^2, 2) of a square picture see it; None from below."""
    if not np.isfinite(height) or camera.position[1] <= height:
        return None
    origins, directions = camera.rays(pixels)
    down = directions[:, 1] < -1e-3
    distance = np.where(down, (height - origins[:, 1]) / np.where(down, directions[:, 1], -1.0), 0.0)
    return SeenFloor(camera.size[0], down, origins + distance[:, None] * directions)


def behind(ground: Ground, floor: SeenFloor | None) -> Floats:
    """What would be seen without the thing and its shadow, (width, width, 3) linear RGB: backdrop, and before it the floor."""
    result = ground.backdrop.copy()
    if floor is None or ground.floor is None:
        return result
    near = floor.down & (np.abs(floor.places).max(axis=1) < _FARTHEST)
    colors = result.reshape(-1, 3)
    colors[near] = ground.on_floor(floor.places[near][:, [0, 2]])
    haze = gaussian_filter(near.reshape(floor.width, floor.width).astype(np.float32), 1.0)[..., None]
    return (haze * colors.reshape(floor.width, floor.width, 3) + (1.0 - haze) * ground.backdrop).astype(np.float32)
