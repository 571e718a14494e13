"""The colours of a scan on a mesh of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.files.srgb import displayed, linear
from occnet.mesh import Mesh

_NEIGHBOURS = 4  # more blur what the scan shows, one shows where its points are
_AT_ONCE = 1 << 18  # vertices looked up at once; bounds the memory


def in_colours_of(mesh: Mesh, points: NDArray[np.float64], colors: NDArray[np.uint8]) -> Mesh:
    """The same mesh, each vertex in the colours of the four points nearest to it, weighed by their inverse squared distance.

    Colours are mixed as light is, not as the numbers that stand for it. A vertex at a point has that point's colour. Vertices
    where nothing was seen have the colours of what was seen next to them.
    points: (N, 3) in the mesh's coordinates, N >= 1. colors: (N, 3) sRGB.
    """
    tree = KDTree(points)
    light = linear(colors)
    found = np.empty((len(mesh.vertices), 3), dtype=np.uint8)
    for start in range(0, len(found), _AT_ONCE):
        part = mesh.vertices[start : start + _AT_ONCE]
        distance, near = (one.reshape(len(part), -1) for one in tree.query(part, k=min(_NEIGHBOURS, len(points))))
        closest = np.maximum(distance[:, :1], np.finfo(np.float64).tiny)
        weight = (closest / np.maximum(distance, closest)) ** 2
        mixed = np.einsum("nk,nkc->nc", weight, light[near]) / weight.sum(axis=1, keepdims=True)
        found[start : start + _AT_ONCE] = displayed(mixed)
    return replace(mesh, colors=found)
