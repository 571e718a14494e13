"""The threshold at which a field is one piece, where a picture shows one thing.

A network that is unsure of a stem or a leg gives it a low probability, and at the threshold that suits all the rest the thing
falls apart. What the picture shows as one is one: that is known of the truth, and tells that the network is too careful.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import label

from occnet.cube import PADDED_EDGE
from occnet.field import Field
from occnet.inference.picture_view import PictureView

_CELLS = 64  # along each edge of the padded cube, in which pieces are counted
_LOWER = 0.9  # factor from one threshold to the next lower one that is tried
_LOWEST = 0.25  # share of the threshold, down to which it may go
_SPECK = 0.005  # share of the largest piece: smaller ones count for nothing


def whole_threshold(field: Field, threshold: float, view: PictureView) -> float:
    """The highest probability below a threshold at which a field is one piece within what a picture shows.

    The threshold itself, where it is one piece there or at no probability down to a quarter of it.
    """
    chance = _chances(field, view)
    lower = threshold
    while lower > _LOWEST * threshold:
        if pieces_in(chance > lower) == 1:
            return lower
        lower *= _LOWER
    return threshold


def pieces_in(solid: NDArray[np.bool_]) -> int:
    """How many pieces a grid (X, Y, Z) of cells has that are no specks beside the largest; corners join, too."""
    numbers, count = label(solid, np.ones((3, 3, 3)))  # type: ignore[misc]
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    return int((sizes > _SPECK * sizes.max(initial=0)).sum())


def _chances(field: Field, view: PictureView) -> NDArray[np.float64]:
    """The probability in each cell, 0 beside what the picture shows, x slowest."""
    ticks = ((np.arange(_CELLS) + 0.5) / _CELLS - 0.5) * PADDED_EDGE
    centers = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)
    shown = view.shown(centers)
    chance = np.zeros(len(centers))
    with torch.no_grad():
        chance[shown] = field(torch.from_numpy(centers[shown]).float()).double().sigmoid().cpu().numpy()
    return chance.reshape((_CELLS,) * 3)
