"""Pictures of an object on a plain ground that is not quite white, or not white at all: the ground becomes white."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label

from occnet.files.images import OBJECT

_PLAIN = 0.6  # of the pixels along the edge that at least are of the ground; the others may be the object's
_ALIKE = 16  # levels of a channel, by which the ground varies: noise, JPEG, a lamp that is not quite even
_LIGHT = 160  # a ground whose darkest channel is above this is taken for white paper in dim or coloured light


def on_white_ground(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], str | None]:
    """The picture (H, W, 3) with a white ground, and a sentence that says what was done; None where it has one.

    The ground is the colour of most of the pixels along the edge. What is like it and hangs together with the edge becomes
    white, with the pixels beside it where the ground is dark, for these are of both. A light ground is taken for white in its
    own light: all of the picture becomes brighter with it. Where the edge is of many colours nothing is done but said.
    """
    edge = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    if (edge >= OBJECT).all(axis=1).mean() > _PLAIN:
        return pixels, None
    ground = np.median(edge, axis=0)
    if (np.abs(edge - ground) <= _ALIKE).all(axis=1).mean() < _PLAIN:
        return pixels, (
            "The picture has no plain ground, and the model knows objects on white alone: cut the object out, on white or on "
            "nothing (a .png with transparency), and give that."
        )
    alike = (np.abs(pixels - ground) <= _ALIKE).all(axis=2)
    parts, _ = cast("tuple[NDArray[np.int32], int]", label(alike))
    outer = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    behind = np.isin(parts, outer[outer > 0])
    color = ", ".join(f"{value:.0f}" for value in ground)
    result = pixels.astype(np.float64)
    if ground.min() >= _LIGHT:
        result = result * (255.0 / ground)
    else:
        behind = np.asarray(binary_dilation(behind), dtype=bool)
    result[behind] = 255.0
    return np.rint(np.minimum(result, 255.0)).astype(
        np.uint8
    ), f"The ground of the picture, of colour ({color}), is taken for white."
