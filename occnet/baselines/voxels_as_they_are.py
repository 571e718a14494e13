"""Voxels as the solid that they are: what a network that reads them has to improve on."""

from __future__ import annotations

from typing import ClassVar

from numpy.typing import NDArray

from occnet.baselines.baseline import Baseline
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Mesh


class VoxelsAsTheyAre(Baseline):
    """The surface of the full voxels, (R, R, R)."""

    title: ClassVar[str] = "the voxels as they are"
    reads: ClassVar[str] = "voxels"

    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        return voxel_surface(observation)
