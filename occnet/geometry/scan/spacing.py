"""How far apart the points of a scan lie, place by place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

_NEIGHBOURS = 6  # on a square grid the distance to the 6th is about that at which a disc holds six points


def local_spacing(points: NDArray[np.floating], tree: KDTree | None = None) -> NDArray[np.float64]:
    """The distance between neighbouring points of a surface at each of the points (N, 3), (N,), in their unit.

    It is the pitch of a square grid that is as dense: the disc around a point that reaches its 6th nearest neighbour holds six
    points. The median over the point and these neighbours is taken, so that a point that lies alone beside a dense part is
    not taken for a sparse one. tree: of the points, where it is at hand.
    """
    count = min(_NEIGHBOURS, len(points) - 1)
    if count < 1:
        return np.zeros(len(points))
    distances, near = (tree or KDTree(points)).query(points, k=count + 1)
    pitch = np.sqrt(np.pi / count) * distances[:, -1]
    return np.median(pitch[near], axis=1)
