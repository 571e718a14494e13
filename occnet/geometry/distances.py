"""How far things are from each other, point by point: for a map of where a mesh and a scan differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.mesh import Mesh


def distances_to_points(places: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance of each place (N, 3) to the nearest of the points (M, 3), (N,)."""
    return KDTree(points, balanced_tree=False).query(places)[0]


def distances_to_mesh(places: NDArray[np.float64], mesh: Mesh) -> NDArray[np.float64]:
    """The distance of each place (N, 3) to the surface of a mesh, (N,), inside of it and outside alike."""
    import igl  # here, for it takes time to import

    tree = igl.AABB()
    tree.init(mesh.vertices, mesh.faces)
    squared = tree.squared_distance(mesh.vertices, mesh.faces, np.ascontiguousarray(places))[0]
    return np.sqrt(np.asarray(squared, dtype=np.float64).reshape(-1))


def round_limit(distances: NDArray[np.float64], share: float = 0.98) -> float:
    """A round number, 1, 2 or 5 times a power of ten, that this share of the distances does not pass; 0 where all are 0."""
    limit = float(np.quantile(distances, share)) if len(distances) else 0.0
    if limit <= 0.0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(limit))
    return float(power * next(step for step in (1.0, 2.0, 5.0, 10.0) if limit <= step * power * (1.0 + 1e-9)))
