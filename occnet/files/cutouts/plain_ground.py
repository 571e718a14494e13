"""The ground of a picture, where the border shows it: of one colour, or of one that changes softly, with soft shadows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter, label

from occnet.files.images import OBJECT

_PLAIN = 0.6  # of the pixels along the edge that at least are of the ground; the others may be the object's
_ALIKE = 16  # levels of a channel, by which the ground varies: noise, JPEG, a lamp that is not quite even
_LEAST_ALIKE = 6.0  # the same, of a ground that hardly varies
_SAME, _OPENING = 3.0, 6  # levels by which what is seen through an opening differs from the ground in the mean; fewest pixels
_LIGHT = 160  # a ground whose darkest channel is above this is taken for white paper in dim or coloured light
_ROUNDS = 6  # of fitting a soft ground to the pixels of the edge that agree with it
_DARKEST, _BRIGHTEST = 0.45, 1.6  # share of its light that a ground has in a soft shadow, and under a lamp
_GREY = 8  # levels by which a shadow differs from the ground's own colour, darkened
_SOFT = 1500.0  # levels that a shadow changes within a picture's edge, at most: an outline changes more


@dataclass(frozen=True, eq=False)
class Grounded:
    """A picture (H, W, 3) with a white ground, which pixels are of the ground, (H, W), and a sentence on what was done."""

    pixels: NDArray[np.uint8]
    behind: NDArray[np.bool_]
    note: str | None  # None where the ground is white as it stands
    plain: float = 1.0  # share of the pixels along the edge that are of the ground


def on_white_ground(pixels: NDArray[np.uint8]) -> Grounded | None:
    """The picture (H, W, 3) with a white ground; None where its edge is of many colours, so that it has no plain one.

    The ground is the colour of most of the pixels along the edge, or a colour that changes over the picture as these do. What
    is like it, or like it in a soft shadow, and hangs together with the edge becomes white, with the pixels beside it where
    the ground is dark, for these are of both; so does what is seen of it through openings. A light ground is taken for white
    in its own light: all of the picture becomes brighter with it.
    """
    edge = _edge(pixels)
    if (edge >= OBJECT).all(axis=1).mean() > _PLAIN:
        return _on_white(pixels)
    middle = np.median(edge, axis=0)
    soft = (np.abs(edge - middle) <= _ALIKE).all(axis=1).mean() < _PLAIN
    ground = _soft_ground(pixels) if soft else np.broadcast_to(middle, pixels.shape)
    if ground is None:
        return None
    alike = np.asarray((np.abs(pixels - ground) <= _tolerance(pixels, ground)).all(axis=2))
    behind = _joined_to_edge(alike, alike | _shadowed(pixels, ground))
    behind |= _openings(pixels - ground, alike & ~behind)
    plain = float((_edge(np.abs(pixels - ground)) <= _ALIKE).all(axis=1).mean())
    result = pixels.astype(np.float64)
    if middle.min() >= _LIGHT:
        result = result * (255.0 / np.maximum(ground, 1.0))
    else:
        behind = np.asarray(binary_dilation(behind), dtype=bool)
    result[behind] = 255.0
    color = ", ".join(f"{value:.0f}" for value in middle)
    changing = ", which changes softly," if soft else ""
    note = f"The ground of the picture, of colour ({color}){changing} is taken for white."
    note = note if soft else f"The ground of the picture, of colour ({color}), is taken for white."
    return Grounded(np.rint(np.minimum(result, 255.0)).astype(np.uint8), behind, note, plain)


def _on_white(pixels: NDArray[np.uint8]) -> Grounded:
    white = np.asarray((pixels >= OBJECT).all(axis=2))
    shadow = _joined_to_edge(white, white | _shadowed(pixels, np.full(pixels.shape, 255.0))) & ~white
    if not shadow.any():
        return Grounded(pixels, white, None)
    return Grounded(np.where(shadow[..., None], 255, pixels).astype(np.uint8), white | shadow, None)


def _edge(pixels: NDArray) -> NDArray:
    """The pixels along the edge, (N, ...)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])


def _soft_ground(pixels: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """A colour at each pixel, (H, W, 3), a polynomial of degree two that most of the edge agrees with; None if it does not."""
    height, width = pixels.shape[:2]
    y, x = np.meshgrid(np.linspace(-1.0, 1.0, height), np.linspace(-1.0, 1.0, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    known, edge = _edge(terms), _edge(pixels).astype(np.float64)
    agrees, error = np.ones(len(edge), dtype=bool), np.zeros(len(edge))
    weights = np.zeros((6, 3))
    for _ in range(_ROUNDS):
        weights = np.linalg.lstsq(known[agrees], edge[agrees], rcond=None)[0]
        error = np.abs(known @ weights - edge).max(axis=1)
        agrees = error <= max(_ALIKE, float(np.quantile(error, _PLAIN)))
    if np.mean(error <= _ALIKE) < _PLAIN:
        return None
    return np.clip(terms @ weights, 0.0, 255.0)


def _tolerance(pixels: NDArray[np.uint8], ground: NDArray) -> float:
    """Levels by which the ground varies, as the edge shows: where it hardly does, a thing of nearly its colour can be told."""
    error = np.sort(np.abs(_edge(pixels - ground)).max(axis=1))
    usual = float(error[: round(_PLAIN * len(error))].max(initial=0.0))
    return min(max(2.0 * usual, _LEAST_ALIKE), _ALIKE)


def _openings(difference: NDArray, alike: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of what is like the ground (H, W), but does not hang together with the edge, those parts that have its very colour.

    difference: (H, W, 3) from the ground. What is only nearly of that colour is of the thing.
    """
    parts, count = cast("tuple[NDArray[np.int32], int]", label(alike))
    sizes = np.maximum(np.bincount(parts.ravel(), minlength=count + 1), 1)
    means = [np.bincount(parts.ravel(), difference[..., channel].ravel(), minlength=count + 1) / sizes for channel in range(3)]
    is_ground = (np.abs(means).max(axis=0) <= _SAME) & (sizes >= _OPENING)
    is_ground[0] = False
    return is_ground[parts]


def _shadowed(pixels: NDArray[np.uint8], ground: NDArray) -> NDArray[np.bool_]:
    """Which pixels (H, W) have the ground's colour in other light, which changes softly from pixel to pixel."""
    values = gaussian_filter(pixels.astype(np.float64), (1.0, 1.0, 0.0))
    share = (values * ground).sum(axis=2) / np.maximum((ground * ground).sum(axis=2), 1.0)
    tint = np.abs(values - share[..., None] * ground).max(axis=2)
    step = steepness(values.mean(axis=2, keepdims=True))
    return (tint <= _GREY) & (step <= _SOFT) & (share >= _DARKEST) & (share <= _BRIGHTEST)


def steepness(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how many levels the channel of a smooth picture (H, W, C) that changes most does so at each pixel, (H, W), if it went
    on so over the picture's longest edge."""
    across, down = (np.gradient(values, axis=axis) for axis in (1, 0))
    return np.hypot(across, down).max(axis=2) * max(values.shape[:2])


def _joined_to_edge(first: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is wanted, (H, W), and hangs together with what of the edge is among the first."""
    parts, _ = cast("tuple[NDArray[np.int32], int]", label(wanted))
    outer = np.unique(_edge(parts)[_edge(first)])
    return np.isin(parts, outer[outer > 0])
