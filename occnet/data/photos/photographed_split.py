"""Procedural things with photos, without end and without a disk: made when they are asked for, the same for the same number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from occnet.data.batches import Batch, Sample, stacked
from occnet.data.photos.photo_picture import Photo, take_photo
from occnet.data.photos.photo_views import draw_photo_view
from occnet.data.photos.pictures_config import PicturesConfig
from occnet.data.photos.spoiling import spoiled_mask
from occnet.data.procedural import NEAR_DEVIATIONS, ProceduralSplit
from occnet.data.viewer import Viewer
from occnet.errors import RecipeError
from occnet.files.cutouts.thing_in_picture import cut_out
from occnet.files.srgb import linear
from occnet.geometry.render.photo_rendering import PhotoRenderer
from occnet.geometry.sampling import sample_near_surface, sample_volume
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.shapes import ShapeBatch, placed_shapes
from occnet.shapes.categories import CATEGORIES
from occnet.shapes.coloring import surface_colors
from occnet.shapes.materials import plastic
from occnet.shapes.parts import PlacedShape

_MESHING = ExtractionOptions(vertex_steps=2)  # the fields are distances near their surface: two steps find it
_SURFACE_POINTS = 4096  # of a thing, from which its mesh grows and near which points are labelled
_DRAWN_FOR = 7919  # keeps the random numbers of a thing's own apart from those of its photos


@dataclass(frozen=True, eq=False)
class Thing:
    """A shape that is ready to be photographed."""

    number: int
    mesh: Mesh
    surface: np.ndarray  # (S, 3) points on it
    renderer: PhotoRenderer


class PhotographedSplit(ProceduralSplit):
    """The split "train", "validation" or "test" of the things that photos are taken of.

    Raises RecipeError when the config names no known set of categories, OccnetError where no ray caster is installed.
    """

    def __init__(self, split: str, config: PicturesConfig) -> None:
        super().__init__(split)
        if config.categories not in CATEGORIES:
            raise RecipeError(
                f"There is no set of categories {config.categories!r} under [pictures]; the sets are: {', '.join(CATEGORIES)}."
            )
        self.config = config
        self._thing: Thing | None = None  # the latest: a step asks for several photos of it

    def family_of(self, shape: int) -> str | None:
        """The family that a shape is drawn from; None: any of them."""
        drawn = np.random.default_rng((self._first + shape, _DRAWN_FOR))
        if drawn.random() < self.config.other_share:
            return None
        return str(drawn.choice(CATEGORIES[self.config.categories]))

    def photo(self, shape: int, size: int, generator: np.random.Generator) -> Photo:
        """A random photo of a shape, size x size pixels (an even number)."""
        thing = self.ready(shape)
        view = draw_photo_view(thing.mesh.vertices, self.config, generator)
        return take_photo(thing.renderer, float(thing.mesh.bounds[0, 1]), view, size, self.config, generator)

    def sample(self, shape: int, size: int, generator: np.random.Generator, fixed_queries: int | None = None) -> Sample:
        """A training sample: the thing cut out of a random photo, points labelled in the viewer's cube, and what is true at
        its pixels. fixed_queries: so many uniform points instead of those that the config asks for."""
        photo = self.photo(shape, size, generator)
        points, inside = self._labelled_in(shape, photo.view.viewer, fixed_queries, generator)
        pixels = cut_out(photo.pixels, spoiled_mask(photo.coverage, self.config, generator))
        return Sample(
            observation=np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32) / np.float32(255),
            points=points,
            inside=inside.astype(np.float32),
            pixels=photo.targets,
            view=photo.view.values,
        )

    def _labelled_in(
        self, shape: int, viewer: Viewer, fixed_queries: int | None, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points (Q, 3) of the viewer's cube, uniform ones first, and whether they are inside, (Q,)."""
        config = self.config
        uniform, near = (config.uniform_queries, config.near_queries) if fixed_queries is None else (fixed_queries, 0)
        own = viewer.to_own(sample_volume(uniform, generator))
        if near:
            surface = self.ready(shape).surface
            around = surface[generator.integers(len(surface), size=near)]
            own = np.concatenate([own, sample_near_surface(around, NEAR_DEVIATIONS, generator)])
        own = own.astype(np.float32)
        return viewer.to_viewer(own).astype(np.float32), self._inside([shape], [own])[0]

    def ready(self, shape: int) -> Thing:
        """A shape as it is photographed; the latest one is kept."""
        thing = self._thing
        if thing is not None and thing.number == shape:
            return thing
        placed = self._placed([shape])[0]
        batch = ShapeBatch([placed])
        points, _ = batch.surface(_SURFACE_POINTS, seed=shape)
        mesh = extract_mesh(batch.field(0), resolution=self.config.cells, seeds=points[0], options=_MESHING)
        mesh = Mesh(mesh.vertices, mesh.faces, None, surface_colors(placed, mesh.vertices))
        color = plastic(np.random.default_rng((self._first + shape, _DRAWN_FOR, 1))).color  # of a thing without materials
        renderer = PhotoRenderer(mesh, linear(255.0 * np.array(color)))
        thing = self._thing = Thing(shape, mesh, points[0].double().numpy(), renderer)
        return thing

    def _drawn(self, numbers: Sequence[int]) -> list[PlacedShape]:
        return [
            placed_shapes([self._first + number], seed=0, tight=False, family=self.family_of(number))[0] for number in numbers
        ]


class PictureBatches:
    """Batches of photos as a function of (seed, step, sample); several follow each other that show the same thing."""

    def __init__(self, split: PhotographedSplit, size: int, image_size: int, seed: int) -> None:
        """size: photos in a batch. image_size: pixels along their edges."""
        self.split, self.size, self.image_size, self.seed = split, size, image_size, seed
        self._latest: tuple[tuple[int, int], Sample] | None = None  # step and number of a photo, which may be asked for twice

    def batch(self, step: int, part: range | None = None) -> Batch:
        """The batch of that training step, or the part of it with these numbers: each sample has its own random numbers."""
        samples = []
        for sample in part or range(self.size):
            if not self.split.config.mirrored:
                samples.append(self._photographed(step, sample))
                continue
            photo = sample // 2
            if self._latest is None or self._latest[0] != (step, photo):
                self._latest = (step, photo), self._photographed(step, photo)
            samples.append(mirrored(self._latest[1]) if sample % 2 else self._latest[1])
        return stacked(samples)

    def _photographed(self, step: int, photo: int) -> Sample:
        shared = np.random.default_rng((self.seed, step, photo // self.split.config.views, _DRAWN_FOR))
        shape = int(shared.integers(len(self.split)))
        return self.split.sample(shape, self.image_size, np.random.default_rng((self.seed, step, photo + 1)))


def mirrored(sample: Sample) -> Sample:
    """A sample of a photo as a mirror shows it: left and right exchanged in the picture, the solid and all that is true."""
    assert sample.pixels is not None
    assert sample.view is not None
    pixels, view = sample.pixels[..., ::-1].copy(), sample.view.copy()
    pixels[3] *= -1.0  # the normal, to the right
    view[1] *= -1.0  # the place of the cube's centre, to the right
    return replace(
        sample,
        observation=np.ascontiguousarray(sample.observation[..., ::-1]),
        points=sample.points * np.array([-1.0, 1.0, 1.0], dtype=np.float32),
        pixels=pixels,
        view=view,
    )


def validation_photos(split: PhotographedSplit, shapes: Sequence[int], image_size: int, queries: int) -> Batch:
    """A photo of each of the given shapes, with uniform queries: the same at every call."""
    return stacked([split.sample(shape, image_size, np.random.default_rng((shape, queries)), queries) for shape in shapes])
