"""A raw scan, a photo or voxels -> a watertight mesh in the input's own coordinates: the main job of the program."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from occnet.cube import PADDED_BOUNDS
from occnet.errors import EmptySurface, ModelError, OccnetError
from occnet.field import Field
from occnet.files.meshes import check_mesh_destination, write_mesh
from occnet.files.opening import check_readable
from occnet.geometry.certificate import Certificate, certify
from occnet.geometry.scan.support import drop_unsupported
from occnet.inference.ensemble import mean_field
from occnet.inference.scene_field import SceneField
from occnet.inference.threshold import adapted_threshold
from occnet.inference.tuning import tuned_field
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.meshing.options import ExtractionOptions
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.interface import Observation
from occnet.observations.kinds import kind_named, kind_of
from occnet.observations.options import CloudReading, ReadingOptions

NETWORK_EXTRACTION = ExtractionOptions(vertex_steps=3, vertex_tolerance=2e-4)
"""How networks are extracted: half the evaluations for the vertices, which lie 0.03 cells from where they would (rms)."""

NOISY_EXTRACTION = replace(NETWORK_EXTRACTION, vertex_steps=0)
"""How networks are extracted that read a noisy scan: the straight line between the corners then is smoother than the field is,
whose own ripples are the scan's noise, and nearer to the truth (docs/extraction.md)."""

SCENE_CHUNK = 1 << 17
"""Points a call of a field in tiles: many, for each call goes through the tiles one after the other."""

EXAMINED_FACES = 20_000
"""A sample of so many faces is examined for intersections: all of them take longer than the reconstruction. `check` does it."""


@dataclass(frozen=True)
class ReconstructOptions(ReadingOptions):
    """How an observation becomes a mesh."""

    model: str | None = None
    """a shipped model's name, or the folder of one that you trained; by default the shipped one that reads such a file: points,
    image for a photo, or voxels"""
    resolution: int = 256
    """cells along the longest edge of the padded bounding box, or of each tile where there are several"""
    threshold: float | None = None
    """probability of being inside at the surface, instead of the model's own, which of the model for photos is another for each
    photo; lower gives a fuller shape"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""
    least_support: int = 4
    """parts of the surface that fewer points of the scan (of voxels: of sides between full and empty) lie at are dropped: blobs
    around outliers, bubbles; 0 keeps all"""

    def __post_init__(self) -> None:
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
    notes: tuple[str, ...] = ()  # sentences on what was noticed and assumed as the observation was read


def reconstruct(
    observation: Any, options: ReconstructOptions | None = None, *, model: str | Path | OccupancyNetwork | None = None
) -> Reconstruction:
    """The solid that was observed, as a watertight mesh in the observation's own coordinates.

    observation: the path of a file; or points (N, 3), or (N, 6) with normals, 32 or more, in any unit, or a Cloud; a picture,
    (H, W, 3) uint8 sRGB or a Pillow image; voxels (R, R, R), or a VoxelGrid. Arrays of NumPy, torch tensors and lists.
    options: how; model: a network from `occnet.load_model`, which stays loaded, or its name or folder, in place of
    options.model; by default the shipped one for the kind of observation.

    Raises FileError or CloudError when nothing solid can be read, ModelError when the model does not exist or reads another
    kind, EmptySurface when it sees nothing solid.
    """
    options, watch = options or ReconstructOptions(), Stopwatch()
    is_path = isinstance(observation, str | Path)
    if is_path:
        check_readable(Path(observation))
    elif isinstance(observation, list | tuple | Tensor):
        observation = np.asarray(observation.cpu() if isinstance(observation, Tensor) else observation)
    network = _network(observation, model or options.model, options)
    watch.lap("load model")
    kind = kind_named(network.reads)
    if not is_path and not kind.takes(observation):
        raise ModelError(f"The model reads {kind.expected}, but was given {_described(observation)}; choose another model.")
    seen = kind.read(Path(observation)) if is_path else observation
    observed = kind.observed(seen, network.reader, options)
    watch.lap("read")
    mesh = mesh_of(observed, network, str(observation) if is_path else getattr(observation, "source", kind.name), options)
    watch.lap("reconstruct")
    certificate = certify(mesh, examined_faces=EXAMINED_FACES)
    watch.lap("certify")
    return Reconstruction(mesh, certificate, watch.seconds, observed.notes)


def reconstruct_file(source: Path, destination: Path, options: ReconstructOptions) -> Reconstruction:
    """Read a point cloud, a photo or voxels (what the model reads), reconstruct it, certify it and write the mesh.

    Raises FileError, CloudError, ModelError or EmptySurface, each naming the file; then nothing is written.
    """
    check_mesh_destination(destination)
    result = reconstruct(source, options)
    watch = Stopwatch()
    write_mesh(destination, result.mesh)
    watch.lap("write")
    return replace(result, seconds=result.seconds | watch.seconds)


class Stopwatch:
    """How long each phase took, in seconds by its name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._clock = time.perf_counter()

    def lap(self, phase: str) -> None:
        """A phase ends here."""
        now = time.perf_counter()
        self.seconds[phase], self._clock = now - self._clock, now


def _network(observation: Any, model: str | Path | OccupancyNetwork | None, options: ReconstructOptions) -> OccupancyNetwork:
    if model is not None and not isinstance(model, str | Path):
        return model
    if model is None:
        kind = kind_of(observation)
        if kind.shipped_model is None:
            raise ModelError(f"No model comes with the package that reads {kind.name}; name one of yours.")
        model = kind.shipped_model
    return load_model(model, device_of(options.device))


def _described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else f"an array of shape {tuple(shape)}"


def field_of(
    observation: Observation, network: OccupancyNetwork, reading: CloudReading, threshold: float | None = None
) -> Field:
    """The Field of an observation, in its unit cube, where there are several tiles with each read as the whole is.

    threshold: at which it will be cut, if not the network's own: what a scan is tuned for.
    """
    if reading.tune:
        if observation.tiles > 1:
            raise OccnetError(
                f"A scan is tuned in one cube, but this one is read in {observation.tiles} tiles along its longest edge: "
                "add --tiles 1, or leave out --tune."
            )
        tuned = partial(tuned_field, network, steps=reading.tune, threshold=threshold or network.threshold)
        return mean_field(network, observation.readings, tuned)
    whole = mean_field(network, observation.readings)
    if observation.tiles == 1 or observation.cloud is None:
        return whole
    return SceneField(network, observation.cloud, whole, observation.tiles, reading.subsamples, reading.augmentations or 1)


def mesh_of(observation: Observation, network: OccupancyNetwork, source: str, options: ReconstructOptions) -> Mesh:
    """The mesh of an observation in its own coordinates. Raises EmptySurface, naming the source, if nothing solid is seen."""
    field = field_of(observation, network, options.cloud, options.threshold)
    resolution, bounds = options.resolution, PADDED_BOUNDS
    extraction = NETWORK_EXTRACTION if observation.precise or options.cloud.tune else NOISY_EXTRACTION
    if isinstance(field, SceneField):
        low, high = field.bounds.tolist()
        bounds = ((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        resolution = math.ceil(resolution * max(high[axis] - low[axis] for axis in range(3)) / field.tiles.edge)
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
