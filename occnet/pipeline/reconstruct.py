"""A raw scan, a photo or voxels -> a watertight mesh in the input's own coordinates: the main job of the program."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from occnet.cube import PADDED_BOUNDS
from occnet.errors import EmptySurface, ModelError, OccnetError
from occnet.field import Field
from occnet.files.clouds import Cloud
from occnet.files.meshes import check_mesh_destination, write_mesh
from occnet.files.opening import check_readable
from occnet.geometry.support import drop_unsupported
from occnet.mesh import Mesh
from occnet.meshing.certificate import Certificate, certify
from occnet.meshing.extract import extract_mesh
from occnet.meshing.options import ExtractionOptions
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.expected_iou import adapted_threshold
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.scene_field import SceneField
from occnet.networks.subsamples import NESTED_FROM, mean_field
from occnet.networks.tuning import tuned_field
from occnet.pipeline.memory import keep_freed_memory
from occnet.pipeline.observing import CloudReading, Observation, observed_cloud, read_observation, shipped_model_for

NETWORK_EXTRACTION = ExtractionOptions(vertex_steps=3, vertex_tolerance=2e-4)
"""How networks are extracted: half the evaluations for the vertices, which lie 0.03 cells from where they would (rms)."""

NOISY_EXTRACTION = replace(NETWORK_EXTRACTION, vertex_steps=0)
"""How networks are extracted that read a noisy scan: the straight line between the corners then is smoother than the field is,
whose own ripples are the scan's noise, and nearer to the truth (docs/extraction.md)."""

SCENE_CHUNK = 1 << 17
"""Points a call of a field in blocks: many, for each call goes through the blocks one after the other."""

EXAMINED_FACES = 20_000
"""A sample of so many faces is examined for intersections: all of them take longer than the reconstruction. `check` does it."""


@dataclass(frozen=True)
class ReconstructOptions(CloudReading):
    """How a scan becomes a mesh."""

    model: str | None = None
    """a shipped model's name, or the folder of one that you trained; by default the shipped one that reads such a file: points,
    image for a photo, or voxels"""
    resolution: int = 256
    """cells along the longest edge of the padded bounding box, or of each block where there are several"""
    threshold: float | None = None
    """probability of being inside at the surface, instead of the model's own, which of the model for photos is another for each
    photo; lower gives a fuller shape"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""
    least_support: int = 4
    """parts of the surface that fewer points of the scan (of voxels: of sides between full and empty) lie at are dropped: blobs
    around outliers, bubbles; 0 keeps all"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.threshold is not None and not 0.0 < self.threshold < 1.0:
            raise OccnetError(f"The threshold is a probability between 0 and 1 (exclusive), but {self.threshold} was given.")
        if self.resolution < 1:
            raise OccnetError(f"The resolution must be at least 1 cell, but {self.resolution} was given.")


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A mesh, the proof that it is a solid, and how long each part took."""

    mesh: Mesh  # in the input's coordinates
    certificate: Certificate
    seconds: dict[str, float]  # by phase


def reconstruct(
    points: ArrayLike,
    normals: ArrayLike | None = None,
    *,
    model: str | OccupancyNetwork = "points",
    resolution: int = 256,
    threshold: float | None = None,
    blocks: int | None = None,
    views: int | None = None,
    nested_from: int = NESTED_FROM,
    refine: int = 0,
) -> Mesh:
    """The closed surface of the solid that a point cloud was scanned from, in the cloud's own coordinates.

    points: (N, 3), 32 or more, unordered, in any unit; noise and some outliers are expected.
    normals: (N, 3), outward, of any length, zero or NaN where unknown; used if the model reads normals, never needed.
    model: a model from `occnet.load_model`, or its name or folder. The other arguments are those of ReconstructOptions.

    Raises CloudError when the points make no solid, ModelError when the model does not exist or reads no points,
    EmptySurface when the model sees nothing solid in them.
    """
    cloud = Cloud(np.asarray(points), None if normals is None else np.asarray(normals))
    network = load_model(model, device_of("auto")) if isinstance(model, str) else model
    if network.reads != "points":
        raise ModelError(f"The model reads {network.reads}, but was given a point cloud; choose a model for points.")
    options = ReconstructOptions(
        resolution=resolution, threshold=threshold, blocks=blocks, views=views, nested_from=nested_from, refine=refine
    )
    return mesh_of(observed_cloud(cloud, network, options), network, cloud.source, options)


def reconstruct_file(source: Path, destination: Path, options: ReconstructOptions) -> Reconstruction:
    """Read a point cloud, a photo or voxels (what the model reads), reconstruct it, write the mesh and certify it.

    Raises FileError, CloudError, ModelError or EmptySurface, each naming the file; then nothing is written.
    """
    keep_freed_memory()
    check_mesh_destination(destination)
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(phase: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[phase], clock = now - clock, now

    check_readable(source)
    network = load_model(options.model or shipped_model_for(source), device_of(options.device))
    lap("load model")
    observation = read_observation(source, network, options)
    lap("read")
    mesh = mesh_of(observation, network, str(source), options)
    lap("reconstruct")
    write_mesh(destination, mesh)
    lap("write")
    certificate = certify(mesh, examined_faces=EXAMINED_FACES)
    lap("certify")
    return Reconstruction(mesh, certificate, seconds)


def field_of(
    observation: Observation, network: OccupancyNetwork, reading: CloudReading, threshold: float | None = None
) -> Field:
    """The Field of an observation, in its unit cube, where there are several blocks with each read as the whole is.

    threshold: at which it will be cut, if not the network's own: what a scan is refined for.
    """
    if reading.refine:
        if observation.blocks > 1:
            raise OccnetError(
                f"A scan is refined in one cube, but this one is read in {observation.blocks} blocks along its longest edge: "
                "add --blocks 1, or leave out --refine."
            )
        tuned = partial(tuned_field, network, steps=reading.refine, threshold=threshold or network.threshold)
        return mean_field(network, observation.readings, tuned)
    whole = mean_field(network, observation.readings)
    if observation.blocks == 1 or observation.cloud is None:
        return whole
    return SceneField(network, observation.cloud, whole, observation.blocks, reading.subsamples, reading.views or 1)


def mesh_of(observation: Observation, network: OccupancyNetwork, source: str, options: ReconstructOptions) -> Mesh:
    """The mesh of an observation in its own coordinates. Raises EmptySurface, naming the source, if nothing solid is seen."""
    field = field_of(observation, network, options, options.threshold)
    resolution, bounds = options.resolution, PADDED_BOUNDS
    extraction = NETWORK_EXTRACTION if observation.precise or options.refine else NOISY_EXTRACTION
    if isinstance(field, SceneField):
        low, high = field.bounds.tolist()
        bounds = ((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        resolution = math.ceil(resolution * max(high[axis] - low[axis] for axis in range(3)) / field.blocks.edge)
        extraction = replace(extraction, chunk=SCENE_CHUNK)
    try:
        mesh = extract_mesh(
            field,
            resolution=resolution,
            bounds=bounds,
            threshold=options.threshold or (adapted_threshold(field) if network.adaptive else network.threshold),
            seeds=observation.seeds,
            options=extraction,
        )
    except EmptySurface as problem:
        raise EmptySurface(f"{source}: the model sees nothing solid in it ({problem})") from None
    if observation.seeds is not None:
        mesh = drop_unsupported(mesh, observation.seeds.numpy(), options.least_support)
    return observation.frame.mesh_to_original(mesh)
