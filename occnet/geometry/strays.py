"""Points of a scan that lie alone, far from all others: they must not decide how large the scan is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

_COMPANY = 4  # neighbours that a point of a real part has nearby
_FAR = 12.0  # times the usual distance to that neighbour
_MOST = 0.05  # of the points; where more lie alone, the scan is just sparse there


def strays(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points, (N, 3), lie alone: (N,), True where the 4th nearest neighbour is 12 times farther than usual.

    Usual is the median over the scan. A part far from the rest is no stray as long as it has five points. Nothing is a stray
    where more than 5 % of the points would be: outliers all around a scan do not hide how large it is, and the model was
    trained on them.
    """
    count = len(points)
    if count <= _COMPANY:
        return np.zeros(count, dtype=bool)
    distance = KDTree(points).query(points, k=_COMPANY + 1)[0][:, -1]
    alone = distance > _FAR * np.median(distance)
    return alone if alone.mean() <= _MOST else np.zeros(count, dtype=bool)
