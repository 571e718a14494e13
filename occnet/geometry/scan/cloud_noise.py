"""How noisy a scan is, told by the scan alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

_NEIGHBOURS = 32  # that a plane is laid through
_SAMPLE = 2000  # points at which it is


def cloud_noise(points: NDArray[np.floating]) -> float:
    """The standard deviation of the points (N, 3) from their surface, in their own unit.

    The median distance of a point's 32 nearest neighbours from the plane laid through them (root mean square, corrected for
    the plane's three parameters). Bends within that reach count as noise; noise as large as that reach is underestimated.
    """
    chosen = np.linspace(0, len(points) - 1, min(len(points), _SAMPLE)).astype(int)
    count = min(_NEIGHBOURS, len(points))
    near = points[KDTree(points).query(points[chosen], k=count)[1]]  # (S, K, 3)
    offsets = near - near.mean(axis=1, keepdims=True)
    flattest = np.linalg.eigvalsh(np.einsum("ski,skj->sij", offsets, offsets))[:, 0]
    return float(np.median(np.sqrt(np.maximum(flattest, 0.0) / max(count - 3, 1))))
