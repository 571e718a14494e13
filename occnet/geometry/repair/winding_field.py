"""The solid that a closed-up mesh stands for, as a field: what its surface is extracted anew from."""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray

from occnet.geometry.inside import InsideTest

_LEAST_DISTANCE = 1e-7  # so that a point on a face within the solid does not count as outside
_SLOPE = 0.05  # of the field where the surface is not on a face but where the winding number passes 0.5, per unit of it


class SignedDistance:
    """Distance to the nearest face of a closed-up mesh, positive inside: points (N, 3) -> values (N,) float64."""

    def __init__(self, test: InsideTest) -> None:
        self._test = test
        self._tree = igl.AABB()
        self._tree.init(test.mesh.vertices, test.mesh.faces)

    def __call__(self, points: NDArray) -> NDArray[np.float64]:
        points = np.ascontiguousarray(points, dtype=np.float64)
        squared = self._tree.squared_distance(self._test.mesh.vertices, self._test.mesh.faces, points)[0]
        beyond = self._test.winding_number(points) - 0.5
        # loose walls leave gaps, in which the winding number passes 0.5 gradually and far from any face
        size = np.minimum(np.sqrt(squared), _SLOPE * np.abs(beyond))
        return np.where(beyond > 0.0, 1.0, -1.0) * np.maximum(size, _LEAST_DISTANCE)
