"""A view of a thing without its ground, ready to be put before any: colours, coverage, and the shadow on the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.data.photos.floor_in_picture import SeenFloor, behind, seen_floor
from occnet.data.photos.grounds import Ground
from occnet.data.photos.photo_picture import averaged, camera_grid, thing_in_light
from occnet.data.photos.photo_views import PhotoView
from occnet.geometry.render.photo_rendering import PhotoLight, PhotoRenderer

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ThingView:
    """What a picture of S x S pixels shows of one thing."""

    colors: Floats  # (S, S, 3) linear RGB, weighed by coverage
    coverage: Floats  # (S, S), how much of each pixel the thing covers
    floor: SeenFloor | None  # that it stands on
    light: Floats  # (S, S), share of the light that reaches the floor past the thing

    @staticmethod
    def taken(renderer: PhotoRenderer, height: float, view: PhotoView, size: int, generator: np.random.Generator) -> ThingView:
        """The thing in a random light. height: of the floor in the thing's own coordinates, -inf for none. size: even."""
        camera = view.camera(size)
        light = PhotoLight.drawn(camera.axes[2], generator)
        mask, colors = thing_in_light(renderer, camera, light, generator)
        floor = seen_floor(camera, camera_grid(size, 1), height)
        shade = np.ones((size, size), dtype=np.float32) if floor is None else floor.light(renderer, light, generator)
        weight = mask.astype(np.float32)[..., None]
        return ThingView(averaged(colors * weight), averaged(weight)[..., 0], floor, shade)

    def before(self, ground: Ground) -> Floats:
        """The thing before a ground, with its shadow, (S, S, 3) linear RGB."""
        shaded = behind(ground, self.floor) * self.light[..., None]
        return (self.colors + (1.0 - self.coverage[..., None]) * shaded).astype(np.float32)

    def left_out(self, ground: Ground) -> Floats:
        """The ground and the floor alone, (S, S, 3) linear RGB."""
        return behind(ground, self.floor)
