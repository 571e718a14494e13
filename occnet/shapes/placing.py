"""Shapes of the endless series, each drawn by its number and moved into the unit cube."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from occnet.shapes.families import draw_shape
from occnet.shapes.frames import rough_boxes, tight_box
from occnet.shapes.parts import PlacedShape, Shape
from occnet.shapes.shape_layout import ShapeLayout, shapes_at_once
from occnet.shapes.surface import nominal_areas, share_on_surface

LEAST_FRACTION, MOST_FRACTION = 0.0025, 0.85
"""The shares of the unit cube that a shape may fill; what fills less or more is drawn anew."""

LEAST_SURFACE = 0.005
"""The share of points on its parts that must lie on a shape's surface; a crumb left over by large cuts is drawn anew."""

_LARGE_PARTS = 30.0  # area of parts in the unit cube above which this share is looked at; a hundredth of all shapes have more
_PROBES, _ATTEMPTS = 8192, 100
_CPU = torch.device("cpu")


def placed_shapes(
    numbers: Sequence[int],
    *,
    seed: int,
    tight: bool = True,
    family: str | None = None,
    device: torch.device | str = "cpu",
) -> list[PlacedShape]:
    """The shapes with these numbers of a seed's endless series; each is always the same, whatever is drawn beside it.

    tight: see `place`. family: the series of one family instead of the mixed one. device: where they are framed and measured,
    many at once on an accelerator; the shapes are the same on all devices, their frames up to the rounding of its arithmetic.
    """
    device = torch.device(device)
    found: dict[int, PlacedShape] = {}
    size = shapes_at_once(device)
    wanted = list(dict.fromkeys(numbers))
    for start in range(0, len(wanted), size):
        waiting = wanted[start : start + size]
        for attempt in range(_ATTEMPTS):
            random = [np.random.default_rng([seed, number, attempt]) for number in waiting]
            shapes = [draw_shape(each, family) for each in random]
            generators = [torch.Generator().manual_seed(int(each.integers(2**62))) for each in random]
            made = place(shapes, generators, [(seed, number) for number in waiting], tight=tight, device=device)
            found |= {number: placed for number, placed in zip(waiting, made, strict=True) if placed is not None}
            waiting = [number for number in waiting if number not in found]
            if not waiting:
                break
        else:
            raise AssertionError(f"shapes {waiting} of seed {seed} stayed degenerate")
    return [found[number] for number in numbers]


def place(
    shapes: Sequence[Shape],
    generators: Sequence[torch.Generator],
    keys: Sequence[tuple[int, int]] | None = None,
    *,
    tight: bool = True,
    device: torch.device = _CPU,
) -> list[PlacedShape | None]:
    """The shapes, each centred in the unit cube with its longest edge 1; None where one fills too little or too much of it, or
    is a crumb of its parts.

    generators: the CPU's, one for each shape. tight: whether the box is sought to the last, one shape at a time on the CPU (see
    `tight_box`), or roughly (see `rough_boxes`).
    """
    if tight:
        boxes = [tight_box(shape, generator) for shape, generator in zip(shapes, generators, strict=True)]
    else:
        boxes = rough_boxes(shapes, generators, device)
    result: list[PlacedShape | None] = [None] * len(shapes)
    whole = [index for index, box in enumerate(boxes) if box is not None]
    if not whole:
        return result
    for index in whole:
        low, high = boxes[index]  # type: ignore[misc]
        key = keys[index] if keys else (0, 0)
        result[index] = PlacedShape(shapes[index], 0.5 * (low + high), float((high - low).max()), key)
    probes = torch.stack([torch.rand(_PROBES, 3, generator=generators[index]) for index in whole]) - 0.5
    layout = ShapeLayout([placed for placed in result if placed is not None], device)
    fractions = (layout.value(probes) > 0.0).float().mean(dim=1).tolist()
    areas = nominal_areas(layout).tolist()
    for index, fraction, area, placed in zip(whole, fractions, areas, layout.placed, strict=True):
        crumb = area > _LARGE_PARTS and _is_crumb(placed, generators[index])
        if crumb or not LEAST_FRACTION <= fraction <= MOST_FRACTION:
            result[index] = None
    return result


def _is_crumb(placed: PlacedShape, generator: torch.Generator) -> bool:
    share = share_on_surface(ShapeLayout([placed], _CPU), generator)  # on the CPU, so that all devices have the same shapes
    return float(share) < LEAST_SURFACE
