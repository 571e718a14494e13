"""Vertices that were moved, moved back where faces pass through each other since."""

from __future__ import annotations

import numpy as np

from occnet.geometry.soundness.intersections import self_intersections
from occnet.mesh import Mesh

_HALVINGS = 3  # of the way that the vertices of a crossing face are moved; after that they stay where they were


def uncrossed(moved: Mesh, before: Mesh) -> Mesh:
    """The moved mesh, with the vertices of faces that pass through each other nearer to where they were before.

    moved, before: the same faces with other vertices. Such vertices go half of the way only, then a quarter, an eighth, and at
    last none of it, until no faces pass through each other but those that did before. Normals and colours are left out.
    """
    share = np.ones(len(before.vertices))
    way = moved.vertices - before.vertices
    while True:
        mesh = Mesh(before.vertices + share[:, None] * way, before.faces)
        crossing = self_intersections(mesh)
        if not len(crossing):
            return mesh
        corners = np.unique(mesh.faces[np.unique(crossing)])
        corners = corners[share[corners] > 0.0]
        if not len(corners):
            return mesh
        share[corners] = np.where(share[corners] > 0.5**_HALVINGS, 0.5 * share[corners], 0.0)
