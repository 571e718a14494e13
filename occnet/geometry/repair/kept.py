"""What of a mesh came through its repair: vertices at the very bits of their coordinates, and faces between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.welding import welded
from occnet.mesh import Frame, Mesh


def moved_back(mesh: Mesh, unit: Mesh, given: Mesh, frame: Frame) -> Mesh:
    """A mesh made from `unit` in the unit cube, moved back to where the given one lies.

    Vertices that are still at the place of one of unit get the coordinates that it has in the given mesh, which rounding on the
    way to the unit cube and back would change in their last bits. unit: the given mesh, moved by the frame.
    """
    source = _sources(mesh, unit)
    moved = frame.to_original(mesh.vertices)
    moved[source >= 0] = given.vertices[source[source >= 0]]
    return mesh.with_vertices(moved)


def kept_faces(mesh: Mesh, given: Mesh) -> int:
    """The number of faces of a mesh whose corners are those of a face of the given one, whichever way they wind."""
    source = _sources(mesh, given)
    own = _sources(given, given)[given.faces]  # copies of a vertex count as one
    corners = source[mesh.faces]
    corners = np.sort(corners[(corners >= 0).all(axis=1)], axis=1)
    both = welded(np.concatenate([np.sort(own, axis=1), corners]))
    return int((both.first[both.index[len(own) :]] < len(own)).sum())


def _sources(mesh: Mesh, given: Mesh) -> NDArray[np.int64]:
    """The first vertex of the given mesh that lies exactly where each vertex lies, (V,); -1 where none does."""
    weld = welded(np.concatenate([given.vertices, mesh.vertices]))
    first = weld.first[weld.index[len(given.vertices) :]]
    return np.where(first < len(given.vertices), first, -1)
