"""What the extraction is measured against: the dense grid, and the paper's octree in its plain form."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from occnet.cube import PADDED_EDGE, PADDED_HALF
from occnet.field import Field

CALL = 100_000  # points a call, as in the published code
START = 32  # cells along each axis of the plain octree's first grid

Floats = NDArray[np.float32]


def evaluate(field: Field, places: NDArray[np.int64], resolution: int) -> Floats:
    """Logits at integer places (N, 3) of the lattice over the unit cube with 0.1 padding, CALL points at a time."""
    logits = np.empty(len(places), dtype=np.float32)
    with torch.no_grad():
        for begin in range(0, len(places), CALL):
            points = torch.from_numpy(places[begin : begin + CALL]) * (PADDED_EDGE / resolution) - PADDED_HALF
            logits[begin : begin + CALL] = field(points.float()).numpy()
    return logits


def dense_grid(field: Field, resolution: int, level: float) -> int:
    """Evaluate every corner and draw the surface by skimage where it is installed; the number of evaluations."""
    count = resolution + 1
    values = np.empty((count,) * 3, dtype=np.float32)
    layers = max(1, CALL // count**2)
    for x in range(0, count, layers):  # a few at a time: the places of all corners would need more memory than their values
        part = np.arange(x, min(x + layers, count))
        places = np.stack(np.meshgrid(part, np.arange(count), np.arange(count), indexing="ij"), axis=-1).reshape(-1, 3)
        values[part] = evaluate(field, places, resolution).reshape(len(part), count, count)
    if find_spec("skimage") is not None:
        import_module("skimage.measure").marching_cubes(values, level)
    return count**3


def plain_octree(field: Field, resolution: int, level: float) -> int:
    """Evaluate as the published code does (MISE): all corners of the children of cells whose corners differ, in a dense array.

    resolution: START times a power of two. The number of evaluations; the surface would still have to be drawn.
    """
    values = np.zeros((START + 1,) * 3, dtype=np.float32)
    step = resolution // START
    values[...] = evaluate(field, np.argwhere(np.ones_like(values)) * step, resolution).reshape(values.shape)
    evaluations = values.size
    while step > 1:
        step //= 2
        inside = values > level
        first = (slice(0, -1),) * 3
        low = minimum_filter(inside, size=2, origin=-1)[first]  # over the eight corners of each cell
        high = maximum_filter(inside, size=2, origin=-1)[first]
        cells = np.argwhere(low != high)
        finer = np.full(tuple(2 * count - 1 for count in values.shape), np.nan, dtype=np.float32)
        finer[::2, ::2, ::2] = values
        wanted = np.zeros(finer.shape, dtype=bool)
        for corner in np.ndindex(3, 3, 3):
            wanted[tuple((2 * cells + corner).T)] = True
        places = np.argwhere(wanted & np.isnan(finer))
        finer[tuple(places.T)] = evaluate(field, places * step, resolution)
        evaluations += len(places)
        values = _filled(finer)
    return evaluations


def _filled(values: Floats) -> Floats:
    """Corners that were not evaluated take the value of the coarser corner below them; no sign changes near them."""
    for axis in range(3):
        odd = [slice(None)] * 3
        even = [slice(None)] * 3
        odd[axis], even[axis] = slice(1, None, 2), slice(0, -1, 2)
        target = values[tuple(odd)]
        target[...] = np.where(np.isnan(target), values[tuple(even)], target)
    return values
