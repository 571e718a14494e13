"""Pictures as image encoders read them: cut to what is on them, retouched for training, and where they show a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.files.images import Window, around_object, whole


@dataclass(frozen=True, eq=False)
class Retouching:
    """How a picture differs from the one that is stored; white stays white."""

    margin: float  # white around the object, see `around_object`
    shift: tuple[float, float]  # of the object off the middle, see `around_object`
    powers: NDArray[np.float32]  # (3, 1, 1) of the colours: below 1 they become brighter

    @classmethod
    def drawn(cls, generator: np.random.Generator) -> Retouching:
        """A random one: up to a seventh of margin, the object anywhere in it, other light and white balance."""
        margin = float(generator.uniform(0.0, 0.15))
        x, y = generator.uniform(-0.5, 0.5, 2) * margin
        brighter = generator.normal(0.0, 0.3) + generator.normal(0.0, 0.1, (3, 1, 1))
        return cls(margin, (float(x), float(y)), np.exp(brighter).astype(np.float32))


def image_values(pixels: NDArray[np.uint8], size: int, viewer_centred: bool = False) -> NDArray[np.float32]:
    """A picture (H, W, 3) as an image encoder reads it, (3, size, size) sRGB in [0, 1]; white beside it if it is no square.

    viewer_centred: the network answers in the unit cube of what it sees, so the picture is cut to the object likewise.
    """
    return values_in(pixels, window_of(pixels, viewer_centred), size)


def window_of(pixels: NDArray[np.uint8], viewer_centred: bool, retouching: Retouching | None = None) -> Window:
    """What of a picture (H, W, 3) an encoder reads."""
    if not viewer_centred:
        return whole(pixels)
    return around_object(pixels) if retouching is None else around_object(pixels, retouching.margin, retouching.shift)


def values_in(
    pixels: NDArray[np.uint8], window: Window, size: int, retouching: Retouching | None = None
) -> NDArray[np.float32]:
    """A window of a picture (H, W, 3), (3, size, size) sRGB in [0, 1]."""
    values = (window.of(pixels, size).astype(np.float32) / np.float32(255)).transpose(2, 0, 1)
    return values if retouching is None else values**retouching.powers


def places_in(window: Window, camera: NDArray[np.floating], points: NDArray) -> NDArray[np.float32]:
    """Where points (N, 3) are seen in a window, (N, 2): right and down, +-1 at its borders.

    camera: (3, 4), from the points' coordinates to pixels of the picture.
    """
    seen = points @ camera[:, :3].T + camera[:, 3]
    return window.places(seen[:, :2] / seen[:, 2:]).astype(np.float32)
