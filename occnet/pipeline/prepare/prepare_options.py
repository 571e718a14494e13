"""What a preparation may be told."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

from occnet.errors import DatasetError
from occnet.pipeline.engine import Engine

# change how a dataset is made, or which shapes a command adds to it, and none of the shapes themselves
_ABOUT_THE_RUN = ("only", "leave_out", "families", "categories", "workers", "engine", "dry_run", "most_rejected")


@dataclass(frozen=True)
class PrepareOptions:
    """How meshes become a dataset. Lengths are in units of each shape's longest edge."""

    only: tuple[str, ...] = ()  # of the meshes, those whose names match one of these patterns: --only '*chair*' 'sofas/*'
    leave_out: tuple[str, ...] = ()  # of these, none whose name matches one of these patterns
    families: tuple[str, ...] = ()  # of procedural shapes, these in turn, for example car table; of all families if empty
    categories: str = ""  # of procedural shapes, those of a named set in turn: thirteen, the kinds of the paper's tables
    seed: int = 0  # of all random points and views; the dataset depends on nothing else, however many workers make it
    uniform_points: int = 16_384  # labelled points a shape, uniform in the cube with 0.1 padding
    near_points: int = 24_576  # labelled points a shape, near the surface
    near_deviations: tuple[float, ...] = (0.008, 0.025, 0.08)  # distances of these points from the surface
    sharp_share: float = 0.0  # share of the near points that lie around sharp edges
    surface_points: int = 20_480  # points on the surface with normals, a shape
    voxels: tuple[int, ...] = ()  # resolutions of solid voxel grids, for example 32 64
    views: int = 0  # pictures a shape, for example 24: any azimuth, 25 to 30 degrees above the horizon
    image_sizes: tuple[int, ...] = (224,)  # edges in pixels in which each view is drawn, for example 137 224
    scans: int = 0  # partial clouds of simulated depth cameras a shape
    scan_points: int = 4096  # points of each such cloud
    sheet_thickness: float = 0.01  # of the slabs that surfaces without thickness become
    shapes_per_shard: int = 64  # shapes in one shard
    workers: int = os.cpu_count() or 1  # processes, or tasks at once on a cluster
    engine: Engine = "processes"  # processes on this machine, or a Ray cluster (pip install "occnet[ray]")
    most_rejected: float = 0.5  # share of rejected meshes above which the exit code is 1
    dry_run: bool = False  # only count, and estimate bytes and time from a few shapes

    def __post_init__(self) -> None:
        for name, least in (("uniform_points", 1), ("near_points", 1), ("surface_points", 1), ("shapes_per_shard", 1)):
            if getattr(self, name) < least:
                raise DatasetError(f"{name} must be at least {least}, but is {getattr(self, name)}.")
        for name in ("views", "scans"):
            if getattr(self, name) < 0:
                raise DatasetError(f"{name} must not be negative, but is {getattr(self, name)}.")
        if self.workers < 1 or self.scan_points < 1:
            raise DatasetError("workers and scan_points must be at least 1.")
        if not self.near_deviations or min(self.near_deviations) < 0.0:
            raise DatasetError(f"near_deviations must be one or more distances, but are {self.near_deviations}.")
        if not 0.0 <= self.sharp_share <= 1.0 or not 0.0 < self.sheet_thickness <= 0.2:
            raise DatasetError("sharp_share must lie in [0, 1] and sheet_thickness in (0, 0.2].")
        if any(not 1 <= resolution <= 512 for resolution in self.voxels):
            raise DatasetError(f"voxel resolutions must lie between 1 and 512, but are {self.voxels}.")
        if self.views and (not self.image_sizes or any(not 8 <= size <= 4096 for size in self.image_sizes)):
            raise DatasetError(f"image sizes must lie between 8 and 4096 pixels, but are {self.image_sizes}.")

    def content(self) -> dict[str, Any]:
        """The options that decide what is in the dataset, as plain values for `dataset.json`."""
        plain = {key: value for key, value in asdict(self).items() if key not in _ABOUT_THE_RUN}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}

    def bytes_of_a_shape(self) -> int:
        """How much one shape takes on disk."""
        points = 6 * (self.uniform_points + self.near_points) + (self.uniform_points + self.near_points) // 8
        surface = 9 * self.surface_points
        voxels = sum(-(-(resolution**3) // 8) for resolution in self.voxels)
        images = self.views * sum(3 * size**2 + 48 for size in self.image_sizes)
        return points + surface + voxels + images + 6 * self.scans * self.scan_points
