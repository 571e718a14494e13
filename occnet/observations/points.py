"""Point clouds: scans, with normals or without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.needs import Amount, Needs
from occnet.data.samples import Reader, SampleOf, SamplesConfig, labelled
from occnet.data.viewer import Viewer
from occnet.files.clouds import READERS, Cloud, checked_points, read_cloud
from occnet.geometry.render.cloud_rendering import render_points
from occnet.geometry.scan.cloud_noise import cloud_noise
from occnet.geometry.scan.cloud_normals import usable_normals
from occnet.geometry.scan.measured import measured
from occnet.mesh import Frame
from occnet.observations.interface import SIDE, Observation, ObservationKind
from occnet.observations.open_scans import observed_open
from occnet.observations.reading_options import CloudReading, ReadingOptions
from occnet.observations.sighted_scans import observed_sighted, with_sensors
from occnet.observations.subsamples import (
    BEST_POINTS,
    LEAST_NOISE,
    MOST_POINTS,
    readings,
    sample_size,
    subsamples,
)
from occnet.observations.taken_apart import ThingsApart, taken_apart
from occnet.observations.tiles import tile_edge

MOST_TILES = 3  # that are chosen without being asked for: more take minutes, and meshes of millions of faces
_TILES_FILLED = 2  # times the square of the tiles along the longest edge: those that a surface in a box passes through
MOST_NOISE = 0.0055  # of a tile's edge
_NO_GROUND = "No plane was found that things stand on; it is read as a whole."
_CUBE = np.array([[-0.5] * 3, [0.5] * 3])


class Points(ObservationKind):
    """Point clouds (N, 3) in the unit cube, or (N, 6) with unit normals."""

    name: ClassVar[str] = "points"
    expected: ClassVar[str] = "a point cloud of shape (N, 3)"
    shipped_model: ClassVar[str | None] = "points"
    suffixes: ClassVar[tuple[str, ...]] = tuple(READERS)
    sized: ClassVar[bool] = True

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        columns = (3, 6) if reader.normals else (3,)
        if observation is None or observation.ndim != 2 or observation.shape[1] not in columns or not len(observation):
            raise self._refused(observation)
        return observation.unsqueeze(0).float()

    def sample(self, of: SampleOf) -> Sample:
        def cloud() -> NDArray:
            surface, _ = of.split.surface(of.shape, of.config.points, of.generator)
            return surface + np.float32(of.config.noise) * of.generator.standard_normal(surface.shape, dtype=np.float32)

        sample = labelled(of, cloud)
        frame = Frame.of(sample.observation) if of.config.framed else Frame(np.zeros(3), 1.0)
        return replace(
            sample,
            observation=frame.to_unit(sample.observation).astype(np.float32),
            points=frame.to_unit(sample.points).astype(np.float32),
            distances=None if sample.distances is None else sample.distances / np.float32(frame.scale),
            surface=None if sample.surface is None else _framed(sample.surface, frame),
        )

    def needs(self, reader: Reader, config: SamplesConfig) -> Needs:
        return Needs((Amount("surface", config.points, "points under [samples]"),))

    def shown(self, of: SampleOf, cloud: Any) -> tuple[NDArray, Viewer | None]:
        return cloud(), None

    def takes(self, value: Any) -> bool:
        return isinstance(value, Cloud) or (getattr(value, "ndim", 0) == 2 and value.shape[1] in (3, 6))

    def read(self, path: Path) -> Cloud:
        return read_cloud(path)

    def observed(self, seen: Cloud | NDArray, reader: Reader, options: ReadingOptions) -> Observation:
        cloud = measured(seen if isinstance(seen, Cloud) else cloud_of(seen), most_points(options.cloud))
        sighted = with_sensors(cloud, options.cloud)
        if options.cloud.surface != "open" or options.cloud.split:
            scene = taken_apart(sighted, options.cloud.ground, options.cloud.split)
            if scene is not None:
                return _observed_scene(sighted, scene, reader, options.cloud)
            if options.cloud.ground == "remove":
                cloud, sighted = (replace(each, notes=(*each.notes, _NO_GROUND)) for each in (cloud, sighted))
        if options.cloud.ignore_normals:
            cloud = replace(cloud, normals=None)
        whole = options.cloud.ground == "ignore" and options.cloud.surface == "auto"  # a ground would pass for a terrain
        opened = None if whole else observed_open(cloud, options.cloud)
        return opened or _seen(sighted, reader, options.cloud)

    def picture(self, observation: Tensor) -> NDArray[np.uint8]:
        return render_points(observation[:, :3].numpy(), (SIDE, SIDE), bounds=_CUBE)


def _framed(surface: NDArray[np.float32], frame: Frame) -> NDArray[np.float32]:
    """Points of a surface with normals, (S, 6), in the unit cube of a frame."""
    return np.concatenate([frame.to_unit(surface[:, :3]), surface[:, 3:]], axis=1).astype(np.float32)


def cloud_of(array: Any) -> Cloud:
    """A cloud from an array (N, 3) of points or (N, 6) of points with normals."""
    rows = np.asarray(array)
    return Cloud(rows[:, :3], rows[:, 3:] if rows.shape[1] == 6 else None)


def observed_cloud(cloud: Cloud, reader: Reader, reading: CloudReading | None = None) -> Observation:
    """What was measured of a cloud (see `measured`) in the unit cube, with normals that it has if the network reads them.

    Raises CloudError when no solid can be made from it.
    """
    reading = reading or CloudReading()
    return _observed(measured(cloud, most_points(reading)), reader, reading)


def most_points(reading: CloudReading) -> int:
    """How many points of a scan can make a difference: as many as the tiles that it fills read, each of its own."""
    tiles = reading.tiles or MOST_TILES
    return reading.subsamples * MOST_POINTS * max(_TILES_FILLED * tiles**2, 1)


def _seen(cloud: Cloud, reader: Reader, reading: CloudReading) -> Observation:
    return _observed(cloud, reader, reading) if cloud.sensors is None else observed_sighted(cloud, reading.ignore_normals)


def _observed(cloud: Cloud, reader: Reader, reading: CloudReading) -> Observation:
    points, normals = checked_points(cloud.points, cloud.source), cloud.normals
    if normals is not None and (reading.ignore_normals or not reader.normals):
        normals = None
    most, notes = reading.subsamples * MOST_POINTS, cloud.notes  # most: that are read in one cube
    if len(points) > BEST_POINTS:
        order = np.random.default_rng(reading.seed).permutation(len(points))
        order = order[:most] if reading.tiles == 1 else order
        points, normals = points[order], None if normals is None else normals[order]
    frame = Frame.of(points)
    columns = frame.to_unit(points)
    tiles = reading.tiles
    if tiles is None:
        tiles = tiles_for(columns) if reader.local else 1
    if tiles == 1 and len(cloud.points) > most:
        notes = (*notes, f"Of {len(cloud.points):,} points {most:,} are used, as many as one cube holds; --tiles N uses more.")
        columns, normals = columns[:most], None if normals is None else normals[:most]
    if normals is not None:
        normals = usable_normals(columns, normals)
    if normals is not None:
        columns = np.concatenate([columns, normals], axis=1)
    size, noise = MOST_POINTS, 0.0
    if reader.local and tiles == 1:
        noise = cloud_noise(columns[:, :3])
        size = sample_size(len(columns), noise, reading.subsamples)
    unit = torch.from_numpy(columns).float()
    samples = subsamples(unit, reading.subsamples, size)
    seen = readings(samples, reading.augmentations or (len(samples) if reader.local else 1))
    precise = noise < LEAST_NOISE
    return Observation(seen, frame, unit, tiles, precise=precise, colored=_if_colored(cloud), notes=notes)


def _if_colored(cloud: Cloud) -> Cloud | None:
    return None if cloud.colors is None else cloud


def _observed_scene(cloud: Cloud, scene: ThingsApart, reader: Reader, reading: CloudReading) -> Observation:
    things = []
    for thing in scene.things:
        seen_alone = _seen(thing.cloud, reader, reading)
        things.append(replace(seen_alone, floor=scene.floor_of(thing, seen_alone.frame)))
    frame = Frame.of(scene.shown)
    shown = torch.from_numpy(frame.to_unit(scene.shown)).float()
    notes = (*cloud.notes, *scene.notes)
    return Observation((), frame, shown, notes=notes, things=tuple(things), slab=scene.slab, colored=_if_colored(cloud))


def tiles_for(points: np.ndarray) -> int:
    """Along the longest edge, in how many tiles a cloud (N, 3) in the unit cube is read where nobody says otherwise.

    As many as leave a tile of surface as many points as the network reads, and noise that is small beside the tile: finer
    tiles would magnify the noise, and what averaging several samples in one cube gains would be lost (docs/benchmarks.md).
    """
    enough = [count for count in range(2, MOST_TILES + 1) if len(points) * tile_edge(count) ** 2 >= MOST_POINTS]
    if not enough:
        return 1
    noise = cloud_noise(points)
    return max([1, *(count for count in enough if noise <= MOST_NOISE * tile_edge(count))])
