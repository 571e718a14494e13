"""The voxels that a dataset stores of a shape, as the solid that they are: what a resolution can represent at best."""

from __future__ import annotations

from numpy.typing import NDArray

from occnet.data.split_protocol import Split
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Mesh


class StoredVoxels:
    """The number of a shape of a split -> the surface of its full voxels. No baseline of observations: it is told the truth."""

    def __init__(self, split: Split, resolution: int) -> None:
        self._split, self._resolution = split, resolution

    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        """The mesh in the unit cube. observation: the shape's number (). Raises DatasetError without such voxels."""
        return voxel_surface(self._split.voxels(int(observation), self._resolution))
