"""Where a mesh fails to bound a solid: the places of what a certificate counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.half_edges import HalfEdges
from occnet.geometry.soundness.intersections import self_intersections
from occnet.mesh import Mesh

_MOST_EXAMINED = 200_000  # faces of a mesh that is examined for intersections; a larger one takes minutes


@dataclass(frozen=True, eq=False)
class Defects:
    """Places of defects, in the mesh's coordinates.

    boundaries: (N, 2, 3) edges with one face, from end to end. wrong_edges: (M, 2, 3) edges with more than two faces, or whose
    two faces run along them in the same direction. crossings: (K, 2, 3) the sides of faces that pass through others.
    """

    boundaries: NDArray[np.float64]
    wrong_edges: NDArray[np.float64]
    crossings: NDArray[np.float64]

    @property
    def lines(self) -> NDArray[np.float64]:
        """All of them, (N + M + K, 2, 3)."""
        return np.concatenate([self.boundaries, self.wrong_edges, self.crossings])


def defects_of(mesh: Mesh) -> Defects:
    """The places of a mesh's defects. Of a mesh of more than 200,000 faces, crossings are not looked for."""
    edges = HalfEdges(mesh.faces)
    wrong = (edges.sizes > 2) | ((edges.sizes == 2) & (edges.excess != 0))
    crossing = np.zeros((0, 2), dtype=np.int64)
    if len(mesh.faces) <= _MOST_EXAMINED:
        faces = np.unique(self_intersections(mesh))
        crossing = np.unique(np.sort(mesh.faces[faces][:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)

    def places(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return mesh.vertices[np.stack([edges.low[chosen], edges.high[chosen]], axis=1)]

    return Defects(places(edges.sizes == 1), places(wrong), mesh.vertices[crossing])
