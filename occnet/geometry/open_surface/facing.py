"""Normals of a sheet of points, all turned to its front."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
from scipy.spatial import KDTree

_SURE = 0.5  # cosine to the front from which on its side is known
_NEIGHBOURS = 10  # from one of which a point takes its side where that is not so: at cliffs and walls
_LEAST = 1e-6  # weight of a link: zero would be none


def turned_to_front(
    points: NDArray[np.float64], normals: NDArray[np.float64], front: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The unit normals (N, 3) of the points (N, 3) of a sheet that is seen from its front, each on that side of it.

    front: (3,) unit vector from the sheet to who looks at it. Normals that lean clearly to the front or away from it are turned
    by that; the others follow their neighbours, the ones that are most nearly parallel first.
    Source: Hoppe et al., Surface Reconstruction from Unorganized Points, 1992, sec. 3.3, here with many roots.
    """
    count, toward = len(points), normals @ front
    turned = np.where(toward[:, None] < 0.0, -normals, normals)
    unsure = np.abs(toward) < _SURE
    if not unsure.any() or unsure.all():
        return turned
    near = KDTree(points).query(points[unsure], k=min(_NEIGHBOURS, count))[1].reshape(int(unsure.sum()), -1)
    one, other = np.repeat(np.flatnonzero(unsure), near.shape[1]), near.reshape(-1)
    apart = 1.0 - np.abs(np.einsum("ni,ni->n", turned[one], turned[other])) + _LEAST
    root, sure = count, np.flatnonzero(~unsure)
    one, other = np.concatenate([one, np.full(len(sure), root)]), np.concatenate([other, sure])
    apart = np.concatenate([apart, np.full(len(sure), 0.1 * _LEAST)])
    tree = minimum_spanning_tree(coo_array((apart, (one, other)), shape=(count + 1, count + 1)).tocsr())
    order, before = breadth_first_order(tree, root, directed=False)
    for point in order[1:].tolist():
        if unsure[point] and float(turned[point] @ turned[before[point]]) < 0.0:
            turned[point] = -turned[point]
    return turned
