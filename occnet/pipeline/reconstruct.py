"""A raw scan, a photo or voxels -> a watertight mesh in the input's own coordinates: the main job of the program."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from numpy.typing import ArrayLike

from occnet.errors import EmptySurface, ModelError, OccnetError
from occnet.field import Mean
from occnet.files.clouds import checked_points
from occnet.files.meshes import check_mesh_destination, write_mesh
from occnet.files.opening import check_readable
from occnet.geometry.support import drop_unsupported
from occnet.mesh import Mesh
from occnet.meshing.certificate import Certificate, certify
from occnet.meshing.extract import extract_mesh
from occnet.meshing.options import ExtractionOptions
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.memory import keep_freed_memory
from occnet.pipeline.observing import SUBSAMPLES, Observation, observed_cloud, read_observation

NETWORK_EXTRACTION = ExtractionOptions(vertex_steps=3, vertex_tolerance=2e-4)
"""How networks are extracted: half the evaluations for the vertices, which lie 0.03 cells from where they would (rms)."""

EXAMINED_FACES = 20_000
"""A sample of so many faces is examined for intersections: all of them take longer than the reconstruction. `check` does it."""


@dataclass(frozen=True)
class ReconstructOptions:
    """How a scan becomes a mesh."""

    model: str = "points"
    """a shipped model's name, or the folder of one that you trained"""
    resolution: int = 256
    """cells along the longest edge of the padded bounding box"""
    threshold: float | None = None
    """probability of being inside at the surface, instead of the model's own; lower gives a fuller shape"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""
    seed: int = 0
    """picks the points of a scan that has more than 10,000"""
    subsamples: int = SUBSAMPLES
    """a scan of more than 10,000 points is read in up to so many samples whose answers are averaged: better, and slower"""
    drop_invalid: bool = False
    """go on without the points that are NaN or infinite"""
    least_support: int = 4
    """parts of the surface that fewer points of the scan lie at are dropped: blobs around outliers, bubbles; 0 keeps all"""

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0.0 < self.threshold < 1.0:
            raise OccnetError(f"The threshold is a probability between 0 and 1 (exclusive), but {self.threshold} was given.")
        if self.subsamples < 1:
            raise OccnetError(f"There must be at least 1 subsample, but {self.subsamples} were asked for.")
        if self.resolution < 1:
            raise OccnetError(f"The resolution must be at least 1 cell, but {self.resolution} was given.")


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A mesh, the proof that it is a solid, and how long each part took."""

    mesh: Mesh  # in the input's coordinates
    certificate: Certificate
    seconds: dict[str, float]  # by phase


def reconstruct(
    points: ArrayLike, *, model: str | OccupancyNetwork = "points", resolution: int = 256, threshold: float | None = None
) -> Mesh:
    """The closed surface of the solid that a point cloud was scanned from, in the cloud's own coordinates.

    points: (N, 3), 32 or more, unordered, without normals, in any unit; noise and some outliers are expected.
    model: a model from `occnet.load_model`, or its name or folder. The other arguments are those of ReconstructOptions.

    Raises CloudError when the points make no solid, ModelError when the model does not exist or reads no points,
    EmptySurface when the model sees nothing solid in them.
    """
    cloud = checked_points(points, "the cloud")
    network = load_model(model, device_of("auto")) if isinstance(model, str) else model
    if network.reads != "points":
        raise ModelError(f"The model reads {network.reads}, but was given a point cloud; choose a model for points.")
    options = ReconstructOptions(resolution=resolution, threshold=threshold)
    return _mesh_of(observed_cloud(cloud), network, "the cloud", options)


def reconstruct_file(source: Path, destination: Path, options: ReconstructOptions) -> Reconstruction:
    """Read a point cloud, a photo or voxels (what the model reads), reconstruct it, certify the mesh and write it.

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
    network = load_model(options.model, device_of(options.device))
    lap("load model")
    observation = read_observation(source, network, options.seed, options.drop_invalid, options.subsamples)
    lap("read")
    mesh = _mesh_of(observation, network, str(source), options)
    lap("reconstruct")
    certificate = certify(mesh, examined_faces=EXAMINED_FACES)
    lap("certify")
    write_mesh(destination, mesh)
    lap("write")
    return Reconstruction(mesh, certificate, seconds)


def device_of(name: str) -> torch.device:
    """The torch device for "auto", "cpu", "cuda" or "mps". Raises ModelError when it is not there."""
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if present[kind]))
    if not present.get(name.split(":")[0], False):
        usable = ", ".join(kind for kind, here in present.items() if here)
        raise ModelError(f"The device {name} is not available; this machine offers: {usable}.")
    try:
        return torch.device(name)
    except RuntimeError:
        raise ModelError(f"{name} is no device; give auto, cpu, cuda, cuda:0 and so on, or mps.") from None


def _mesh_of(observation: Observation, network: OccupancyNetwork, source: str, options: ReconstructOptions) -> Mesh:
    fields = tuple(network.field(sample) for sample in observation.samples)
    field = fields[0] if len(fields) == 1 else Mean(fields)
    threshold = network.threshold if options.threshold is None else options.threshold
    try:
        mesh = extract_mesh(
            field,
            resolution=options.resolution,
            threshold=threshold,
            seeds=observation.seeds,
            options=NETWORK_EXTRACTION,
        )
    except EmptySurface as problem:
        raise EmptySurface(f"{source}: the model sees nothing solid in it ({problem})") from None
    if observation.seeds is not None:
        mesh = drop_unsupported(mesh, observation.seeds.numpy(), options.least_support)
    return observation.frame.mesh_to_original(mesh)
