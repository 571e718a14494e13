"""Pictures with their grounds, and where in them the thing is: what a network learns from that cuts it out.

A picture is a plane of the unit cube: x to the right, y up, both in [-0.5, 0.5], z = 0. So a network that tells whether a place
of a picture is of the thing is an occupancy network like all others, and is trained and scored as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from occnet.data.batches import Batch, Sample, stacked
from occnet.data.photos.grounds import CLUTTERED, GRADIENT, PLAIN, Ground, draw_ground
from occnet.data.photos.photo_views import draw_photo_view
from occnet.data.photos.photographed_split import PhotographedSplit
from occnet.data.photos.spoiling import as_photographed
from occnet.data.photos.textured_ground import TEXTURED, textured_ground
from occnet.data.photos.thing_view import ThingView
from occnet.data.photos.whole_pictures_config import WholePicturesConfig

Floats = NDArray[np.float32]

GROUNDS = (PLAIN, GRADIENT, TEXTURED, CLUTTERED)
_DRAWN_FOR = 104_729  # keeps the random numbers of views apart from those of pictures
_LARGER = 1.25  # a view has so many times the pixels of a picture along its edges
_KEPT = 0.9  # share of the thing that a closer cut leaves in the picture at least
_AROUND = (1.0, 4.0)  # pixels, standard deviations of places near the outline


@dataclass(frozen=True, eq=False)
class WholePicture:
    """A picture with its ground."""

    pixels: NDArray[np.uint8]  # (S, S, 3) sRGB
    coverage: Floats  # (S, S), how much of each pixel the thing covers; 0 all over where there is none


class WholePictures:
    """Pictures as a function of numbers, and batches of them as a function of (seed, step, sample).

    Views of things take most of the time, so a step draws from a pool of views that is renewed little by little.
    """

    def __init__(self, split: PhotographedSplit, config: WholePicturesConfig, size: int, image_size: int, seed: int) -> None:
        """size: pictures in a batch. image_size: pixels along their edges."""
        self.split, self.config, self.size, self.image_size, self.seed = split, config, size, image_size, seed
        self._views: dict[int, ThingView] = {}

    def batch(self, step: int, part: range | None = None) -> Batch:
        """The batch of that training step, or the part of it with these numbers: each sample has its own random numbers."""
        first = step * self.size // self.config.uses
        self._views = {number: view for number, view in self._views.items() if number >= first}
        samples = []
        for sample in part or range(self.size):
            generator = np.random.default_rng((self.seed, step, sample + 1))
            number = first + int(generator.integers(self.config.pool))
            if number not in self._views:
                self._views[number] = self.view(number)
            samples.append(self.sample(self.picture(self._views[number], generator), generator))
        return stacked(samples)

    def view(self, number: int) -> ThingView:
        """The view with that number; config.views views in a row show one thing."""
        shape = int(np.random.default_rng((self.seed, number // self.config.views, _DRAWN_FOR)).integers(len(self.split)))
        generator = np.random.default_rng((self.seed, number, _DRAWN_FOR, 1))
        thing = self.split.ready(shape)
        view = draw_photo_view(thing.mesh.vertices, self.config, generator)
        stands = generator.random() < self.config.floor_chance
        bottom = float(thing.mesh.bounds[0, 1]) if stands else -np.inf
        edge = 2 * round(0.5 * _LARGER * self.image_size)
        return ThingView.taken(thing.renderer, bottom, view, edge, generator)

    def picture(self, view: ThingView, generator: np.random.Generator, ground: str | None = None) -> WholePicture:
        """A view, or for some pictures nothing, before a random ground, or one of that kind (of GROUNDS)."""
        size = len(view.coverage)
        drawn = _ground(ground or self._kind(generator), size, generator)
        empty = generator.random() < self.config.empty_share
        light = view.left_out(drawn) if empty else view.before(drawn)
        coverage = np.zeros_like(view.coverage) if empty else view.coverage
        pixels = as_photographed(light, self.config, generator)
        left, top, edge = self._window(coverage, generator)
        if generator.random() < 0.5:
            pixels, coverage, left = pixels[:, ::-1], coverage[:, ::-1], size - left - edge
        box = (left, top, left + edge, top + edge)
        resized = (self.image_size, self.image_size)
        small = Image.fromarray(np.ascontiguousarray(pixels)).resize(resized, Image.Resampling.BILINEAR, box)
        covered = Image.fromarray(np.ascontiguousarray(coverage)).resize(resized, Image.Resampling.BILINEAR, box)
        return WholePicture(np.asarray(small), np.asarray(covered, dtype=np.float32))

    def sample(self, picture: WholePicture, generator: np.random.Generator, fixed_queries: int | None = None) -> Sample:
        """A training sample. fixed_queries: so many places anywhere, instead of those that the config asks for."""
        count, near = (self.config.uniform_queries, self.config.near_queries) if fixed_queries is None else (fixed_queries, 0)
        places = generator.uniform(0.0, len(picture.coverage), (count, 2))
        if near:
            places = np.concatenate([places, _near_outline(picture.coverage, near, generator)])
        inside = map_coordinates(picture.coverage, (places[:, ::-1] - 0.5).T, order=1, mode="nearest") > 0.5
        flat = places / len(picture.coverage) - 0.5
        points = np.stack([flat[:, 0], -flat[:, 1], np.zeros(len(flat))], axis=1)
        values = np.ascontiguousarray(picture.pixels.transpose(2, 0, 1), dtype=np.float32) / np.float32(255)
        return Sample(observation=values, points=points.astype(np.float32), inside=inside.astype(np.float32))

    def validation(self, numbers: Sequence[int], queries: int) -> Batch:
        """A picture of each of these views, with places anywhere: the same at every call."""
        samples = []
        for number in numbers:
            generator = np.random.default_rng((number, queries))
            samples.append(self.sample(self.picture(self.view(number), generator), generator, queries))
        return stacked(samples)

    def _kind(self, generator: np.random.Generator) -> str:
        config = self.config
        ends = np.cumsum([config.plain_share, config.gradient_share, config.textured_share])
        return GROUNDS[int(np.searchsorted(ends, generator.random(), side="right"))]

    def _window(self, coverage: Floats, generator: np.random.Generator) -> tuple[int, int, int]:
        """Left, top and edge of a closer cut, in which nearly all of the thing is."""
        size = len(coverage)
        edge = round(size * generator.uniform(self.config.nearest_crop, 1.0))
        left, top = generator.integers(0, size - edge + 1, 2)
        kept = coverage[top : top + edge, left : left + edge].sum()
        return (int(left), int(top), edge) if kept >= _KEPT * coverage.sum() else (0, 0, size)


def _ground(kind: str, size: int, generator: np.random.Generator) -> Ground:
    return textured_ground(size, generator) if kind == TEXTURED else draw_ground(kind, size, generator)


def _near_outline(coverage: Floats, count: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Places (count, 2), right and down in pixels, around the outline of what is covered; anywhere where nothing is."""
    smooth = gaussian_filter(coverage, 1.0)
    rows, columns = np.nonzero((smooth > 0.15) & (smooth < 0.85))
    if not len(rows):
        return generator.uniform(0.0, len(coverage), (count, 2))
    chosen = generator.integers(len(rows), size=count)
    deviation = np.where(generator.random(count) < 0.5, *_AROUND)[:, None]
    places = np.stack([columns[chosen], rows[chosen]], axis=1) + 0.5 + deviation * generator.standard_normal((count, 2))
    return np.clip(places, 0.0, len(coverage))
