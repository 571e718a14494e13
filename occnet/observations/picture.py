"""Whole pictures with their grounds: what a network reads that cuts out the thing in them. No shape is made of them alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.samples import Reader, SampleOf
from occnet.errors import RecipeError
from occnet.observations.interface import SIDE, ObservationKind

_MULTIPLE = 32  # of pixels along an edge: a ResNet halves an image five times


class Picture(ObservationKind):
    """Pictures (3, H, W), sRGB in [0, 1], whose edges are multiples of 32 pixels long."""

    name: ClassVar[str] = "picture"
    expected: ClassVar[str] = "a whole picture of shape (3, H, W), sRGB in [0, 1], H and W multiples of 32"

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        fits = observation is not None and observation.ndim == 3 and observation.shape[0] == 3
        if observation is None or not fits or any(edge % _MULTIPLE or not edge for edge in observation.shape[1:]):
            raise self._refused(observation)
        return observation.unsqueeze(0).float()

    def sample(self, of: SampleOf) -> Sample:
        raise RecipeError("Whole pictures are not stored with prepared shapes; give the recipe a table [whole_pictures].")

    def picture(self, observation: Tensor) -> NDArray[np.uint8]:
        pixels = (observation.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        return np.asarray(PIL.Image.fromarray(pixels).resize((SIDE, SIDE)))
