"""Normals as scanners and estimators deliver them: tilted, and here and there pointing inward."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.vectors import normalized

TILT_MAX = 0.4  # largest standard deviation of each component, about 23 degrees
FLIP_CHANCE = 0.2  # share of scans in which a part of the normals points inward


def scanned_normals(
    points: NDArray[np.floating], normals: NDArray[np.floating], generator: np.random.Generator
) -> NDArray[np.float32]:
    """Unit normals (N, 3) of a scan from true ones: small tilts are the most frequent.

    In some scans all normals on one side of a random plane through the points are turned over, as it happens when an
    orientation is propagated over a gap: a network shall not believe them blindly.
    """
    tilt = TILT_MAX * generator.random() ** 2
    tilted = normalized(normals + tilt * generator.standard_normal(normals.shape))
    if generator.random() < FLIP_CHANCE:
        direction = generator.standard_normal(3)
        along = points @ direction
        tilted[along > np.quantile(along, generator.uniform(0.0, 1.0))] *= -1.0
    return tilted.astype(np.float32)
