"""A smooth function on a grid that keeps near what is known: more where that is sure, less where it is a guess."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 60
_GOOD = 2e-3  # of the first residual: by then no level line moves visibly


def smooth_fit(target: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The function u on a grid (A, B, C) that minimises the sum of (u - u')^2 over neighbours and of weight * (u - target)^2.

    target: finite. weight: positive. Where the weight is w, details up to 1 / sqrt(w) cells are evened out. Found by
    conjugate gradients, preconditioned by the diagonal. It has no maxima or minima of its own: only those of the target.
    """
    diagonal = weight + _neighbours(np.ones_like(target))
    result = target.copy()
    residual = _neighbours(result) - (diagonal - weight) * result
    limit = _GOOD**2 * float((residual**2).sum())
    scaled = residual / diagonal
    direction, product = scaled, float((residual * scaled).sum())
    for _ in range(_ROUNDS):
        if float((residual**2).sum()) <= limit:
            break
        image = diagonal * direction - _neighbours(direction)
        length = product / float((direction * image).sum())
        result += length * direction
        residual = residual - length * image
        scaled = residual / diagonal
        before, product = product, float((residual * scaled).sum())
        direction = scaled + product / before * direction
    return result


def _neighbours(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over the up to six neighbours of each place."""
    total = np.zeros_like(values)
    total[1:] += values[:-1]
    total[:-1] += values[1:]
    total[:, 1:] += values[:, :-1]
    total[:, :-1] += values[:, 1:]
    total[:, :, 1:] += values[:, :, :-1]
    total[:, :, :-1] += values[:, :, 1:]
    return total
