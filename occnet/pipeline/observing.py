"""A file -> what a network reads, and the way back from the unit cube to the file's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.pictures import values_in
from occnet.errors import EmptySurface, ModelError, OccnetError
from occnet.files import images
from occnet.files.clouds import Cloud, checked_points, read_cloud
from occnet.files.images import around_object, whole
from occnet.files.voxels import holds_grid, read_voxels
from occnet.geometry.cloud_noise import cloud_noise
from occnet.geometry.cloud_normals import usable_normals
from occnet.geometry.strays import strays
from occnet.mesh import Frame
from occnet.networks.blocks import block_edge
from occnet.networks.encoders.neighbourhood_grid import PointGridCode
from occnet.networks.encoders.voxel_surface import voxel_faces
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.subsamples import (
    BEST_POINTS,
    LEAST_NOISE,
    MOST_POINTS,
    NESTED_FROM,
    SUBSAMPLES,
    Reading,
    nested_samples,
    readings,
    sample_size,
    subsamples,
)
from occnet.networks.symmetric_views import MIRRORED, MOST_VIEWS, View

MOST_BLOCKS = 3  # that are chosen without being asked for: more take minutes, and meshes of millions of faces
MOST_NOISE = 0.0055  # of a block's edge
MOST_SEEDS = 100_000  # more points than that say nothing new about where the surface is
PHOTO_VIEWS = 4  # of a photo, if the model can read more than one
_LEAST_NESTED = 64  # its halves are clouds of 32 points, the fewest that are reconstructed
_MARGINS = (0.05, 0.1, 0.0)  # of white around the object, in turn
_SIDES = (View.of(0), MIRRORED)


@dataclass(frozen=True, eq=False)
class Observation:
    """One observation, ready for a network."""

    readings: tuple[Reading, ...]  # their answers are averaged
    frame: Frame  # of the unit cube in the observation's own coordinates
    cloud: Tensor | None = None  # (N, 3) or (N, 6), all points that are used, in random order; of voxels the faces' centres
    blocks: int = 1  # along the longest edge, in which the cloud is read
    precise: bool = True  # not a cloud whose noise hides how the surface runs within a cell

    @property
    def seeds(self) -> Tensor | None:
        """Points near the surface, (N, 3) in the unit cube, where the observation gives any."""
        return None if self.cloud is None else self.cloud[:: -(-len(self.cloud) // MOST_SEEDS), :3]


@dataclass(frozen=True)
class CloudReading:
    """How a cloud is read."""

    seed: int = 0
    """picks the points of a scan that is not read as a whole"""
    subsamples: int = SUBSAMPLES
    """a scan of more than 10,000 points is read in up to so many samples whose answers are averaged: better, and slower; 1
    reads every scan once"""
    nested_from: int = NESTED_FROM
    """a noisy scan of so many points or more, up to 10,000, is read as a whole, in halves and (from 5,000 on) in thirds, and
    the answers are averaged: better, and about twice as slow. With 3,000 points it gains most, with 1,000 nothing"""
    views: int | None = None
    """average the answers to so many views of the scan, turned and mirrored: slightly better, and slower; by default each
    sample is seen once, in a view of its own if the model has no preferred one. Of a photo, 1 to 6, cut wider and closer and
    mirrored; by default 4"""
    blocks: int | None = None
    """read the scan in overlapping cubes, so many along its longest edge: finer detail where the points are dense enough to
    show it; 1 reads it in one cube; by default up to 3, by the number of points and their noise"""
    refine: int = 0
    """tune the features on the scan itself for so many steps; 30 are enough. A precise scan gains much, a noisy one loses, for
    the surface is pulled to its points. 0.1 s a step on a CPU"""
    drop_invalid: bool = False
    """go on without the points that are NaN or infinite"""
    ignore_normals: bool = False
    """do not use the normals of the scan; else they are, if the model reads normals: they should point outward, all of them
    turned inward are turned over, zero or NaN counts as unknown"""

    def __post_init__(self) -> None:
        if self.refine < 0:
            raise OccnetError(f"The number of refining steps must be at least 0, but is {self.refine}.")
        if self.subsamples < 1:
            raise OccnetError(f"There must be at least 1 subsample, but {self.subsamples} were asked for.")
        if self.nested_from < _LEAST_NESTED:
            raise OccnetError(
                f"A scan that is read in halves must have at least {_LEAST_NESTED} points, but {self.nested_from} was given."
            )
        if self.views is not None and not 1 <= self.views <= MOST_VIEWS:
            raise OccnetError(f"A scan has 1 to {MOST_VIEWS} views (symmetries of the cube), but {self.views} were asked for.")
        if self.blocks is not None and self.blocks < 1:
            raise OccnetError(f"There must be at least 1 block along the longest edge, but {self.blocks} were asked for.")


def shipped_model_for(source: Path) -> str:
    """The shipped model for such a file: "image" for a picture, "voxels" for .binvox and (R, R, R) arrays, else "points"."""
    suffix = source.suffix.lower()
    if suffix in images.SUFFIXES:
        return "image"
    return "voxels" if suffix == ".binvox" or (suffix in (".npy", ".npz") and holds_grid(source)) else "points"


def read_observation(source: Path, network: OccupancyNetwork, reading: CloudReading | None = None) -> Observation:
    """What the network reads, from a file of that kind: a cloud, a photo (.png, .jpg, ...) or voxels (.binvox, .npy, .npz).

    Raises FileError or CloudError when the file does not hold it, EmptySurface when no voxel is full, ModelError when the model
    reads none of these.
    """
    if network.reads == "points":
        return observed_cloud(read_cloud(source), network, reading)
    if network.reads == "image":
        return observed_image(images.read_image(source), network, reading)
    if network.reads == "voxels":
        grid = read_voxels(source)
        try:
            return observed_voxels(grid.occupied, grid.frame)
        except EmptySurface as problem:
            raise EmptySurface(f"{source}: {problem}") from None
    raise ModelError(
        f"The model reads {network.reads}, so it makes nothing of {source}; choose one that reads points, an image or voxels."
    )


def observed_image(pixels: NDArray[np.uint8], network: OccupancyNetwork, reading: CloudReading | None = None) -> Observation:
    """A picture (H, W, 3) sRGB as the network reads it; it tells no size, so that the shape lies in the unit cube.

    A network that answers as the viewer sees reads it several times, cut wider and closer and mirrored, and errors that differ
    are averaged out. Raises OccnetError when it cannot be read so often.
    """
    asked, encoder = None if reading is None else reading.views, network.encoder
    most = len(_MARGINS) * len(_SIDES) if encoder.viewer_centred else 1
    if asked is not None and asked > most:
        raise OccnetError(f"This model can read a photo in {most} view{'s' * (most > 1)} at most, but {asked} were asked for.")
    seen: list[Reading] = []
    for number in range(min(asked or PHOTO_VIEWS, most)):
        margin, view = _MARGINS[number % len(_MARGINS)], _SIDES[number % len(_SIDES)]
        window = around_object(pixels, margin) if encoder.viewer_centred else whole(pixels)
        values = torch.from_numpy(values_in(pixels, window, encoder.observation_size))
        seen.append((values.flip(-1) if view == MIRRORED else values, view))
    return Observation(tuple(seen), Frame(np.zeros(3), 1.0))


def observed_voxels(occupied: NDArray[np.bool_], frame: Frame) -> Observation:
    """Voxels (R, R, R) over the unit cube, and where that lies; the sides between full and empty ones tell of the surface.

    Raises EmptySurface when no voxel is full.
    """
    if not occupied.any():
        raise EmptySurface(f"None of the {' x '.join(map(str, occupied.shape))} voxels is full, so that they show no solid.")
    grid = torch.from_numpy(occupied)
    return Observation(((grid, View.of(0)),), frame, cloud=voxel_faces(grid)[0])


def observed_cloud(cloud: Cloud, network: OccupancyNetwork, reading: CloudReading | None = None) -> Observation:
    """A cloud moved into the unit cube, strays left out, with normals where it has them and the network reads them.

    Raises CloudError when no solid can be made from it.
    """
    reading = reading or CloudReading()
    points, normals = checked_points(cloud.points, cloud.source, reading.drop_invalid), cloud.normals
    if normals is not None and (reading.ignore_normals or not network.encoder.reads_normals):
        normals = None
    if normals is not None and len(normals) != len(points):
        normals = normals[np.isfinite(cloud.points).all(axis=1)]
    local = network.encoder.code_kind is PointGridCode  # the others have one code for a whole shape, or were trained upright
    most = reading.subsamples * MOST_POINTS  # that are read in one cube
    if len(points) > BEST_POINTS or len(points) >= reading.nested_from:
        order = np.random.default_rng(reading.seed).permutation(len(points))
        order = order[:most] if reading.blocks == 1 else order
        points, normals = points[order], None if normals is None else normals[order]
    kept = ~strays(points)
    points, normals = points[kept], None if normals is None else normals[kept]
    frame = Frame.of(points)
    columns = frame.to_unit(points)
    blocks = reading.blocks
    if blocks is None:
        blocks = blocks_for(columns) if local else 1
    if blocks == 1:
        columns, normals = columns[:most], None if normals is None else normals[:most]
    if normals is not None:
        normals = usable_normals(columns, normals)
    if normals is not None:
        columns = np.concatenate([columns, normals], axis=1)
    size, noise = MOST_POINTS, 0.0
    if local and blocks == 1:
        noise = cloud_noise(columns[:, :3])
        size = sample_size(len(columns), noise, reading.subsamples)
    unit = torch.from_numpy(columns).float()
    nested = noise >= LEAST_NOISE and reading.views is None and reading.nested_from <= len(unit) <= MOST_POINTS
    samples = nested_samples(unit, reading.subsamples) if nested else subsamples(unit, reading.subsamples, size)
    seen = readings(samples, reading.views or (len(samples) if local else 1))
    return Observation(seen, frame, unit, blocks, precise=noise < LEAST_NOISE)


def blocks_for(points: np.ndarray) -> int:
    """Along the longest edge, in how many blocks a cloud (N, 3) in the unit cube is read where nobody says otherwise.

    As many as leave a block of surface as many points as the network reads, and noise that is small beside the block: finer
    blocks would magnify the noise, and what averaging several samples in one cube gains would be lost (docs/benchmarks.md).
    """
    enough = [count for count in range(2, MOST_BLOCKS + 1) if len(points) * block_edge(count) ** 2 >= MOST_POINTS]
    if not enough:
        return 1
    noise = cloud_noise(points)
    return max([1, *(count for count in enough if noise <= MOST_NOISE * block_edge(count))])
