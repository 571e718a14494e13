"""Points that hang together: groups with room between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from occnet.geometry.scan.equal_points import places_of

_TOUCHING = 1.8  # edges between the middles of cells that share a side, an edge or a corner: at most the root of 3


def groups_of(points: NDArray[np.floating], reach: float) -> NDArray[np.int64]:
    """The number of each point's group, (N,), the largest group being 0, the next 1, and so on.

    points: (N, 3), finite. reach: what is nearer to each other is one group for certain, what is three and a half times farther
    apart is not: the points lie in cells of that edge, and cells that touch hang together. Time grows as N log N.
    """
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    cells = np.floor((points - points.min(axis=0)) / reach)
    places = places_of(cells)
    pairs = KDTree(cells[places.first]).query_pairs(_TOUCHING, output_type="ndarray")
    count = len(places.first)
    graph = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    number = connected_components(graph, directed=False)[1][places.of_point]
    by_size = np.argsort(-np.bincount(number), kind="stable")
    rank = np.empty_like(by_size)
    rank[by_size] = np.arange(len(by_size))
    return rank[number]
