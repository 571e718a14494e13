"""Voxel grids: coarse solids."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.needs import Needs
from occnet.data.samples import Reader, SampleOf, SamplesConfig, labelled, turned
from occnet.data.viewer import Viewer
from occnet.errors import EmptySurface
from occnet.files.formats.binvox import VoxelGrid
from occnet.files.voxel_grids import SUFFIXES, holds_grid, read_voxels
from occnet.geometry.render.cloud_rendering import render_points
from occnet.geometry.voxelising import voxels_with_points
from occnet.mesh import Frame
from occnet.observations.interface import SIDE, Observation, ObservationKind
from occnet.observations.reading_options import ReadingOptions
from occnet.observations.symmetries import Symmetry

_CUBE = np.array([[-0.5] * 3, [0.5] * 3])


class Voxels(ObservationKind):
    """Grids (R, R, R) over the unit cube, 1 where occupied, xyz order."""

    name: ClassVar[str] = "voxels"
    expected: ClassVar[str] = "a voxel grid of shape (R, R, R), 1 where occupied"
    shipped_model: ClassVar[str | None] = "voxels"
    suffixes: ClassVar[tuple[str, ...]] = SUFFIXES

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        if observation is None or observation.ndim != 3 or len(set(observation.shape)) != 1:
            raise self._refused(observation)
        return observation.unsqueeze(0).float()

    def sample(self, of: SampleOf) -> Sample:
        made = labelled(of, lambda: _grid(of).astype(np.float32))
        return turned(made, of.generator) if of.config.turned and of.fixed_queries is None else made

    def needs(self, reader: Reader, config: SamplesConfig) -> Needs:
        return Needs((), voxels=reader.size)

    def shown(self, of: SampleOf, cloud: Any) -> tuple[NDArray, Viewer | None]:
        return of.split.voxels(of.shape, of.reader.size), None

    def holds(self, path: Path) -> bool:
        suffix = path.suffix.lower()
        return suffix == ".binvox" or (suffix in (".npy", ".npz") and holds_grid(path))

    def takes(self, value: Any) -> bool:
        return isinstance(value, VoxelGrid) or (getattr(value, "ndim", 0) == 3 and len(set(value.shape)) == 1)

    def read(self, path: Path) -> VoxelGrid:
        grid = read_voxels(path)
        if not grid.occupied.any():
            raise EmptySurface(f"{path}: {_none_full(grid.occupied)}")
        return grid

    def observed(self, seen: VoxelGrid | NDArray, reader: Reader, options: ReadingOptions) -> Observation:
        if isinstance(seen, VoxelGrid):
            return observed_voxels(seen.occupied, seen.frame)
        return observed_voxels(np.asarray(seen) > 0.5, Frame(np.zeros(3), 1.0))

    def picture(self, observation: Tensor) -> NDArray[np.uint8]:
        centres = (observation.nonzero().numpy() + 0.5) / len(observation) - 0.5
        return render_points(centres, (SIDE, SIDE), bounds=_CUBE)


def _grid(of: SampleOf) -> NDArray[np.bool_]:
    """Voxels (R, R, R) that are full where their centre is inside, in some samples also where the surface touches them."""
    voxels, share = of.split.voxels(of.shape, of.reader.size), of.config.touched_share
    if share and of.fixed_queries is None and of.generator.random() < share:
        points, _ = of.split.surface(of.shape, of.split.surface_points, of.generator)
        voxels = voxels | voxels_with_points(points, of.reader.size)
    return voxels


def observed_voxels(occupied: NDArray[np.bool_], frame: Frame) -> Observation:
    """Voxels (R, R, R) over the unit cube, and where that lies; the sides between full and empty ones tell of the surface.

    Raises EmptySurface when no voxel is full.
    """
    if not occupied.any():
        raise EmptySurface(_none_full(occupied))
    grid = torch.from_numpy(occupied)
    return Observation(((grid, Symmetry.of(0)),), frame, cloud=voxel_faces(grid)[0])


def _none_full(occupied: NDArray[np.bool_]) -> str:
    return f"None of the {' x '.join(map(str, occupied.shape))} voxels is full, so that they show no solid."


def voxel_faces(voxels: Tensor) -> tuple[Tensor, Tensor]:
    """Centres (N, 3) of the faces between occupied and empty voxels in the unit cube, and their outward normals (N, 3).

    voxels: (R, R, R), above 0.5 where occupied, xyz order; all beyond the grid is empty.
    """
    occupied = torch.nn.functional.pad((voxels > 0.5).float(), (1, 1) * 3)
    resolution = len(voxels)
    points, normals = [], []
    for axis in range(3):
        step = torch.diff(occupied, dim=axis).movedim(axis, 0)[:, 1:-1, 1:-1].movedim(0, axis)  # +1 into, -1 out of the solid
        places = step.nonzero()
        center = (places + 0.5) / resolution - 0.5
        center[:, axis] -= 0.5 / resolution
        normal = torch.zeros_like(center)
        normal[:, axis] = -step[tuple(places.T)]
        points.append(center)
        normals.append(normal)
    found = torch.cat(points)
    return (found, torch.cat(normals)) if len(found) else (found.new_zeros(1, 3), found.new_zeros(1, 3))
