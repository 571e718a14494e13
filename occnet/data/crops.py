"""A window on a part of a shape: what a network sees of a scene that is larger than its cube."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.cube import PADDED_HALF
from occnet.mesh import Frame

ZOOM_MIN = 1.3  # nearer to 1 a window is hardly more than the shape itself


def crop_window(points: NDArray, count: int, zoom_max: float, generator: np.random.Generator) -> Frame | None:
    """A random cube around a part of the surface with at least count of the points (N, 3) in its padded cube; or None.

    Its edge is 1 / 1.3 to 1 / zoom_max of the unit, the larger ones as likely as the smaller ones in the logarithm. None when
    the drawn cube holds fewer than count points.
    """
    zoom = np.exp(generator.uniform(np.log(ZOOM_MIN), np.log(zoom_max)))
    center = points[generator.integers(len(points))] + generator.uniform(-0.4, 0.4, 3) / zoom
    window = Frame(np.asarray(center, dtype=np.float64), float(1.0 / zoom))
    return window if np.count_nonzero(within(window, points)) >= count else None


def within(window: Frame, points: NDArray) -> NDArray[np.bool_]:
    """Which points (N, 3) lie in the window's padded cube, (N,)."""
    return np.abs(window.to_unit(points)).max(axis=1) <= PADDED_HALF
