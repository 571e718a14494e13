"""Pictures: one view of one object."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.needs import Amount, Needs
from occnet.data.pictures import Retouching, places_in, values_in, window_of
from occnet.data.samples import Reader, SampleOf, SamplesConfig, labelled
from occnet.data.split_protocol import prepared
from occnet.data.viewer import Viewer, viewer_of
from occnet.errors import OccnetError, PictureError
from occnet.files import images
from occnet.files.cutouts.thing_in_picture import ThingInPicture, thing_in
from occnet.files.images import Pictured, around_object, whole
from occnet.mesh import Frame
from occnet.observations.interface import SIDE, Observation, ObservationKind, Reading
from occnet.observations.reading_options import PhotoReading, ReadingOptions
from occnet.observations.symmetries import MIRRORED, Symmetry

PHOTO_CROPS = 4  # of a photo, if the model can read more than one
_FEWEST_PIXELS = 32  # a ResNet halves an image five times
_MARGINS = (0.05, 0.1, 0.0)  # of white around the object, in turn
_SIDES = (Symmetry.of(0), MIRRORED)


class Image(ObservationKind):
    """Pictures (3, H, W), sRGB in [0, 1]."""

    name: ClassVar[str] = "image"
    expected: ClassVar[str] = "an image of shape (3, H, W), sRGB in [0, 1]"
    shipped_model: ClassVar[str | None] = "image"
    suffixes: ClassVar[tuple[str, ...]] = images.SUFFIXES

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        fits = observation is not None and observation.ndim == 3 and observation.shape[0] == 3
        if observation is None or not fits or min(observation.shape[1:]) < _FEWEST_PIXELS:
            raise self._refused(observation)
        return observation.unsqueeze(0).float()

    def sample(self, of: SampleOf) -> Sample:
        """In training a random view; else shape number s is seen from view s modulo the number of views."""
        training, split = of.fixed_queries is None, prepared(of.split, "pictures")
        view = int(of.generator.integers(split.views)) if training else of.shape % split.views
        viewer = viewer_of(split, of.shape, view) if of.reader.viewer_centred else None
        pixels = split.image(of.shape, view)
        made = labelled(of, lambda: pixels, viewer)
        retouching = Retouching.drawn(of.generator) if training and of.config.retouched else None
        window = window_of(pixels, of.reader.viewer_centred, retouching)
        made = replace(made, observation=values_in(pixels, window, of.reader.size, retouching))
        if of.reader.places and viewer is not None:
            made = replace(made, places=places_in(window, split.camera(of.shape, view), viewer.to_own(made.points)))
        return _mirrored(made) if training and of.config.mirrored and of.generator.random() < 0.5 else made

    def needs(self, reader: Reader, config: SamplesConfig) -> Needs:
        turned = (Amount("surface", 1, "viewer_centred under [encoder]"),) if reader.viewer_centred else ()
        return Needs(turned, pictures=True, cameras=reader.viewer_centred)

    def shown(self, of: SampleOf, cloud: Any) -> tuple[NDArray, Viewer | None]:
        split = prepared(of.split, "pictures")
        view = of.shape % split.views
        pixels = split.image(of.shape, view)
        return pixels, viewer_of(split, of.shape, view) if of.reader.viewer_centred else None

    def holds(self, path: Path) -> bool:
        return path.suffix.lower() in images.SUFFIXES

    def takes(self, value: Any) -> bool:
        if isinstance(value, PIL.Image.Image):
            return True
        return isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3 and value.shape[2] in (3, 4)

    def read(self, path: Path) -> NDArray[np.uint8]:
        return images.read_image(path, keep_alpha=True)

    def observed(self, seen: Any, reader: Reader, options: ReadingOptions) -> Observation:
        if isinstance(seen, ThingInPicture):
            return replace(observed_image(seen.pixels, reader, options.photo), notes=seen.notes)
        picture = seen if isinstance(seen, PIL.Image.Image) else PIL.Image.fromarray(seen)
        mask = None if options.photo.mask is None else Path(options.photo.mask)
        try:
            thing = thing_in(picture, mask)
        except PictureError as problem:
            if reader.viewer_centred:
                raise
            # Networks of the papers read the picture whole, as they were trained: there is no thing to cut to.
            return replace(observed_image(np.asarray(images.on_white(picture)), reader, options.photo), notes=(str(problem),))
        return replace(observed_image(thing.pixels, reader, options.photo), notes=thing.notes)

    def picture(self, observation: Tensor) -> NDArray[np.uint8]:
        pixels = (observation.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        return np.asarray(PIL.Image.fromarray(pixels).resize((SIDE, SIDE)))


def _mirrored(sample: Sample) -> Sample:
    """The sample with left and right exchanged."""
    places, surface = sample.places, sample.surface
    return replace(
        sample,
        observation=sample.observation[:, :, ::-1],
        points=sample.points * np.array([-1, 1, 1], dtype=sample.points.dtype),
        places=None if places is None else places * np.array([-1, 1], dtype=places.dtype),
        surface=None if surface is None else surface * np.array([-1, 1, 1, -1, 1, 1], dtype=surface.dtype),
    )


def observed_image(pixels: NDArray[np.uint8], reader: Reader, reading: PhotoReading | None = None) -> Observation:
    """A picture (H, W, 3) sRGB as the network reads it; it tells no size, so that the shape lies in the unit cube.

    A network that answers as the viewer sees reads it several times, cut wider and closer and mirrored, and errors that differ
    are averaged out. Raises OccnetError when it cannot be read so often.
    """
    asked = None if reading is None else reading.crops
    most = len(_MARGINS) * len(_SIDES) if reader.viewer_centred else 1
    if asked is not None and asked > most:
        raise OccnetError(f"This model can read a photo {most} time{'s' * (most > 1)} at most, but {asked} were asked for.")
    seen: list[Reading] = []
    pictured = None
    for number in range(min(asked or PHOTO_CROPS, most)):
        margin, side = _MARGINS[number % len(_MARGINS)], _SIDES[number % len(_SIDES)]
        window = around_object(pixels, margin) if reader.viewer_centred else whole(pixels)
        values = torch.from_numpy(values_in(pixels, window, reader.size))
        if reader.viewer_centred and pictured is None:
            pictured = Pictured(pixels, window)
        seen.append((values.flip(-1) if side == MIRRORED else values, side))
    return Observation(tuple(seen), Frame(np.zeros(3), 1.0), pictured=pictured)
