"""One photo of one thing: the picture, the outline, and what is true at each of its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.data.photos.floor_in_picture import behind, seen_floor
from occnet.data.photos.grounds import CLUTTERED, GRADIENT, PLAIN, draw_ground
from occnet.data.photos.photo_views import PhotoView
from occnet.data.photos.pictures_config import PicturesConfig
from occnet.data.photos.spoiling import as_photographed
from occnet.geometry.render.camera import Camera
from occnet.geometry.render.photo_rendering import PhotoLight, PhotoRenderer, smooth_within

Floats = NDArray[np.float32]

SUPERSAMPLED = 2  # rays along each edge of a pixel
_BEYOND = 4.0  # lengths behind the thing at which there is nothing


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture and its truth. The pixel targets are those of every second pixel, at its lower right corner."""

    pixels: NDArray[np.uint8]  # (S, S, 3) sRGB, with its ground
    coverage: Floats  # (S, S), how much of each pixel the thing covers
    targets: Floats  # (6, S / 2, S / 2), see `pixel_targets`
    view: PhotoView


def take_photo(
    renderer: PhotoRenderer,
    bottom: float,
    view: PhotoView,
    size: int,
    config: PicturesConfig,
    generator: np.random.Generator,
) -> Photo:
    """A photo of size x size pixels, size an even number, in a random light on a random ground.

    bottom: height at which the thing stands, in its own coordinates, as are those of the renderer.
    """
    camera = view.camera(size)
    light = PhotoLight.drawn(camera.axes[2], generator)
    mask, colors = thing_in_light(renderer, camera, light, generator)
    ground = draw_ground(_kind(config, generator), size, generator)
    stands = generator.random() < config.floor_chance
    floor = seen_floor(camera, camera_grid(size, 1), bottom if stands else -np.inf)
    beyond = behind(ground, floor)
    if floor is not None:
        beyond = beyond * floor.light(renderer, light, generator)[..., None]
    beyond = np.repeat(np.repeat(beyond, SUPERSAMPLED, axis=0), SUPERSAMPLED, axis=1)  # once a pixel is enough of the ground
    whole = np.where(mask[..., None], colors, beyond)
    return Photo(
        as_photographed(averaged(whole), config, generator),
        averaged(mask.astype(np.float32)[..., None])[..., 0],
        pixel_targets(renderer, camera, view),
        view,
    )


def thing_in_light(
    renderer: PhotoRenderer, camera: Camera, light: PhotoLight, generator: np.random.Generator
) -> tuple[NDArray[np.bool_], Floats]:
    """Where the thing is seen and its linear RGB there, (W, W) and (W, W, 3); W: SUPERSAMPLED times the picture's width."""
    width = camera.size[0] * SUPERSAMPLED
    surface = renderer.seen(camera, camera_grid(camera.size[0], SUPERSAMPLED))
    mask = np.zeros(width * width, dtype=bool)
    mask[surface.rows] = True
    colors = np.zeros((width * width, 3), dtype=np.float32)
    colors[surface.rows] = renderer.lit(surface, camera, light, generator)
    mask, colors = mask.reshape(width, width), colors.reshape(width, width, 3)
    return mask, smooth_within(colors, mask, 0.8)


def camera_grid(size: int, samples: int) -> NDArray[np.float64]:
    """Positions of samples x samples rays in each pixel, row by row of the finer grid, ((size * samples)^2, 2)."""
    ticks = (np.arange(size * samples) + 0.5) / samples
    x, y = np.meshgrid(ticks, ticks)
    return np.stack([x, y], axis=-1).reshape(-1, 2)


def pixel_targets(renderer: PhotoRenderer, camera: Camera, view: PhotoView) -> Floats:
    """What is true of the thing at every second pixel, (6, S / 2, S / 2) in the viewer's cube: whether it is there (0 or 1),
    how far before the cube's centre, towards the camera, it begins and ends, and its outward normal where it begins."""
    half = camera.size[0] // 2
    places = 2.0 * camera_grid(half, 1)
    surface = renderer.seen(camera, places)
    scale = view.viewer.frame.scale
    last = renderer.back_depth(camera, places[surface.rows], scale * (1.0 / view.nearness + _BEYOND))
    result = np.zeros((6, half * half), dtype=np.float32)
    result[0, surface.rows] = 1.0
    result[1, surface.rows] = view.towards(surface.depth)
    result[2, surface.rows] = view.towards(np.where(np.isfinite(last), np.maximum(last, surface.depth), surface.depth))
    result[3:, surface.rows] = (surface.normals @ view.viewer.turn.T.astype(np.float32)).T
    return result.reshape(6, half, half)


def _kind(config: PicturesConfig, generator: np.random.Generator) -> str:
    value = generator.random()
    if value < config.plain_share:
        return PLAIN
    return GRADIENT if value < config.plain_share + config.gradient_share else CLUTTERED


def averaged(values: Floats) -> Floats:
    """Values (H, W, C) of the finer grid, one a pixel."""
    samples = [values[row::SUPERSAMPLED, column::SUPERSAMPLED] for row, column in np.ndindex(SUPERSAMPLED, SUPERSAMPLED)]
    return sum(samples[1:], samples[0]) / np.float32(len(samples))  # a third of the time of a mean over two axes
