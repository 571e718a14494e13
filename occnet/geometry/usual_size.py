"""Meshes that lie far away, or are very small or large, brought to where float64 computes with them as with any other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from occnet.mesh import Mesh

_FAR = 4.0  # half lengths of the mesh from the origin: from there on a difference of two of its coordinates is exact
_SMALL, _LARGE = 2.0**-150, 2.0**150  # longest edges between which sixth powers of lengths neither vanish nor overflow


@dataclass(frozen=True, eq=False)
class UsualSize:
    """A mesh that is the given one, moved and then 2 ** exponent times as large; to the last bit of its coordinates."""

    mesh: Mesh  # the very one that was given, where it lies and is as meshes usually do and are
    exponent: int

    @staticmethod
    def of(mesh: Mesh) -> UsualSize:
        """The mesh with its middle at 0 on axes on which it lies far from there, and of a size near 1 if its own is extreme."""
        if not len(mesh.vertices):
            return UsualSize(mesh, 0)
        low, high = 0.5 * mesh.bounds  # halves, for the difference of two large coordinates may overflow
        middle = np.where(np.abs(low + high) > _FAR * (high - low), low + high, 0.0)
        longest = 2.0 * (high - low).max()
        exponent = 0 if _SMALL <= longest <= _LARGE or longest == 0.0 else -int(np.frexp((high - low).max())[1])
        if not middle.any() and not exponent:
            return UsualSize(mesh, 0)
        return UsualSize(mesh.with_vertices(np.ldexp(mesh.vertices - middle, exponent)), exponent)

    def original(self, measure: float, dimension: int) -> float:
        """A length (dimension 1), an area (2) or a volume (3) of the mesh as the given one has it."""
        return float(np.ldexp(measure, -dimension * self.exponent))
