"""Of a hundred pictures without any thing on them, none becomes a thing without a word."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from occnet.data.photos.grounds import CLUTTERED, GRADIENT, PLAIN, draw_ground
from occnet.data.photos.pictures_config import PicturesConfig
from occnet.data.photos.spoiling import as_photographed
from occnet.errors import PictureError
from occnet.files.cutouts.thing_in_picture import thing_in
from occnet.files.srgb import linear
from occnet.shapes.materials import any_of, cloth, metal, plastic, wood

SIZE, EACH = 64, 25


def texture(generator: np.random.Generator) -> np.ndarray:
    """A wall of one material, linear RGB."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE * generator.uniform(0.1, 0.8)
    material = any_of(generator, wood, cloth, plastic, metal)
    return linear(255.0 * material.colors(np.stack([x, y, 0.3 * x], axis=-1).reshape(-1, 3))).reshape(SIZE, SIZE, 3)


@pytest.mark.parametrize("kind", [PLAIN, GRADIENT, CLUTTERED, "texture"])
def test_no_ground_is_taken_for_a_thing(kind: str):
    for seed in range(EACH):
        generator = np.random.default_rng(seed)
        light = texture(generator) if kind == "texture" else draw_ground(kind, SIZE, generator).backdrop
        picture = Image.fromarray(as_photographed(light, PicturesConfig(), generator))
        try:
            notes = thing_in(picture).notes
        except PictureError:
            continue
        # A clutter of things may have a single one before a plain wall; it is cut off, or has others beside it, which is said.
        assert kind == CLUTTERED, (seed, notes)
        assert any("cut off" in note or "apart" in note for note in notes), (seed, notes)
