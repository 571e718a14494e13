"""Where a thing touches its ground: no scanner sees that, but it is where the scanner does not see the ground either."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.ground.footprint import Footprint
from occnet.geometry.ground.ground import Ground
from occnet.geometry.scan.spacing import local_spacing

_CELL = 2.2  # spacings, of the thing's points or the ground's, whichever lie farther apart
_LOW = 2.0  # spacings above the ground's own points up to which a thing touches it


def bottom_of(thing: NDArray[np.float64], seen: NDArray[np.float64], ground: Ground, seed: int = 0) -> NDArray[np.float64]:
    """Points (B, 3) on the ground below a thing that stands on it, as dense as its own, (N, 3); none where it is unknown.

    seen: points of the ground, (M, 3). The bottom is the part of the ground that the thing's outline covers, of which nothing
    is seen, and at which the thing has points near the ground. Where the ground is seen below what hangs over, there is none.
    """
    plane = ground.plane
    flat, heights = plane.flat(thing), plane.heights(thing)
    spacing = float(np.median(local_spacing(thing)))
    outline = Footprint.of(flat, _CELL * max(spacing, ground.spacing))
    unseen = outline.closed.cells & ~_closed_a_little(outline.with_places(plane.flat(seen))).cells
    touching = outline.with_places(flat[heights <= ground.tolerance + _LOW * spacing]).cells
    number = replace(outline, cells=unseen | touching).numbers
    kept = np.unique(number[touching])
    bottom = replace(outline, cells=unseen & np.isin(number, kept[kept > 0]))
    count = round(bottom.area / spacing**2) if spacing > 0.0 else 0
    generator = np.random.default_rng(seed)
    middles = bottom.middles
    if not count:
        return np.zeros((0, 3))
    places = middles[generator.integers(len(middles), size=count)]
    return plane.raised(places + bottom.edge * (generator.random((count, 2)) - 0.5))


def _closed_a_little(footprint: Footprint) -> Footprint:
    """With gaps of one cell filled, but no holes: these are where things stand."""
    cells = footprint.cells
    both = [cells[2:, 1:-1] & cells[:-2, 1:-1], cells[1:-1, 2:] & cells[1:-1, :-2]]
    filled = cells.copy()
    filled[1:-1, 1:-1] |= both[0] | both[1]
    return replace(footprint, cells=filled)
