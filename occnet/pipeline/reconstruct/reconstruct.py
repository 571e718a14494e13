"""A raw scan, a photo or voxels -> a watertight mesh in the input's own coordinates: the main job of the program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from occnet.errors import ModelError, OccnetError, PoorAgreement
from occnet.files.clouds import Cloud, write_cloud
from occnet.files.inputs import check_apart
from occnet.files.meshes import check_mesh_destination, numbered, write_mesh
from occnet.files.opening import check_readable
from occnet.geometry.ground.assembly import together
from occnet.geometry.scan.agreement import Agreement, agreement_of
from occnet.geometry.soundness.certificate import Certificate, certify
from occnet.mesh import Mesh
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.interface import Observation
from occnet.observations.kinds import kind_named, kind_of
from occnet.observations.scan_files import read_files
from occnet.pipeline.phases import Stopwatch
from occnet.pipeline.reconstruct.finishing import dressed
from occnet.pipeline.reconstruct.observed_mesh import mesh_of, meshes_of_things
from occnet.pipeline.reconstruct.photo_result import PhotoFindings
from occnet.pipeline.reconstruct.photographed_thing import found_in_photo
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.reconstruct.reconstruction import Reconstruction

DEPTH_MODEL = "points"
"""Which shipped model reads the points of a depth picture, whose file could be a photo's."""

EXAMINED_FACES = 20_000
"""A sample of so many faces is examined for intersections, and manifold3d is not asked: all of it takes as long as half of the
reconstruction. `check` does it; so is it done for a mesh that was simplified or refined, for then there may be some."""


def reconstruct(
    observation: Any, options: ReconstructOptions | None = None, *, model: str | Path | OccupancyNetwork | None = None
) -> Reconstruction:
    """The solid that was observed, as a watertight mesh in the observation's own coordinates.

    observation: the path of a file, or several, which options.cloud.merge reads as one scan; or points (N, 3), or (N, 6) with
    normals, 32 or more, in any unit, or a Cloud; a picture, (H, W, 3) uint8 sRGB or a Pillow image; voxels (R, R, R), or a
    VoxelGrid. Arrays of NumPy, torch tensors and lists.
    options: how; model: a network from `occnet.load_model`, which stays loaded, or its name or folder, in place of
    options.model; by default the shipped one for the kind of observation.

    Raises FileError or CloudError when nothing solid can be read, ModelError when the model does not exist or reads another
    kind, EmptySurface when it sees nothing solid, and PoorAgreement when that is not what was scanned and options.strict.
    """
    options, watch = options or ReconstructOptions(), Stopwatch()
    paths = _paths(observation, options)
    watch.begin("load model")
    if paths:
        for path in paths:
            check_readable(path)
    elif isinstance(observation, list | tuple | Tensor):
        observation = np.asarray(observation.cpu() if isinstance(observation, Tensor) else observation)
    network = _network(paths[0] if paths else observation, model or options.model, options)
    watch.begin("read")
    kind = kind_named(network.reads)
    if not paths and not kind.takes(observation):
        raise ModelError(f"The model reads {kind.expected}, but was given {_described(observation)}; choose another model.")
    seen = read_files(kind, paths, options.cloud) if paths else observation
    observed = kind.observed(found_in_photo(seen, network, options.photo), network.reader, options)
    watch.begin("reconstruct")
    source = str(paths[0]) if paths else getattr(observation, "source", kind.name)
    said: list[str] = []
    found: list[PhotoFindings] = []
    things = meshes_of_things(observed, network, source, options, said.append)
    mesh = together(things, observed.slab) if things else mesh_of(observed, network, source, options, said.append, found.append)
    colored = found[0].colored if found else observed.colored
    mesh = dressed(mesh, colored, options.normals)
    things = tuple(dressed(thing, observed.colored, options.normals) for thing in things) if options.cloud.split else ()
    watch.begin("certify")
    changed = options.refine or options.faces is not None
    is_open = observed.open_scan is not None or (options.cloud.surface == "open" and kind.name == "points")
    if changed:
        certificate = certify(mesh, open_surface=is_open)
    else:
        certificate = certify(mesh, examined_faces=EXAMINED_FACES, second_opinion=False, open_surface=is_open)
    watch.begin("compare")
    agreement = _agreement(mesh, certificate, observed)
    if options.strict and agreement is not None and agreement.verdict == "poor":
        raise PoorAgreement(
            f"{source}: the mesh agrees poorly with it: {agreement.reason}. Without --strict it is written anyway."
        )
    photo = found[0].result if found else None
    return Reconstruction(mesh, certificate, agreement, watch.end(), (*observed.notes, *said), things, photo=photo)


def reconstruct_file(
    source: Path,
    destination: Path,
    options: ReconstructOptions,
    *,
    others: tuple[Path, ...] = (),
    model: OccupancyNetwork | None = None,
) -> Reconstruction:
    """Read a point cloud, a photo or voxels (what the model reads), reconstruct it, certify it and write the mesh.

    destination: of the mesh; those of single things, where they are asked for, have a number each, see `numbered`.
    others: scans that are merged with the source, see `reconstruct`. model: a loaded one, in place of options.model.
    Raises FileError, CloudError, ModelError, EmptySurface or PoorAgreement, each naming the file; then nothing is written.
    """
    check_mesh_destination(destination)
    result = reconstruct((source, *others), options, model=model)
    watch = Stopwatch()
    watch.begin("write")
    meshes = (result.things or (result.mesh,)) if options.cloud.split else (result.mesh,)
    files = numbered(destination, len(meshes)) if options.cloud.split else (destination,)
    check_apart(files, [source, *others])
    for path, mesh in zip(files, meshes, strict=True):
        if len(mesh.faces):
            write_mesh(path, mesh)
        else:
            write_cloud(path, Cloud(mesh.vertices))  # what a network drew that makes sets of points
    return replace(result, seconds=result.seconds | watch.end(), files=files)


def _agreement(mesh: Mesh, certificate: Certificate, observed: Observation) -> Agreement | None:
    """How the mesh agrees with the points observed, in their own coordinates; None where there are none, or no faces."""
    if observed.seeds is None or not len(mesh.faces):
        return None
    points, seen_empty = observed.frame.to_original(observed.seeds.numpy()), None
    if observed.sighted is not None:
        space, frame = observed.sighted.space, observed.frame
        seen_empty = lambda places: space.saw_through(frame.to_unit(places))  # noqa: E731
    return agreement_of(mesh, points, certificate.genus, seen_empty)


def model_for(observation: Any) -> str:
    """The name of the shipped model that reads such an observation. Raises ModelError when there is none."""
    kind = kind_of(observation)
    if kind.shipped_model is None:
        raise ModelError(f"No model comes with the package that reads {kind.name}; name one of yours.")
    return kind.shipped_model


def _network(observation: Any, model: str | Path | OccupancyNetwork | None, options: ReconstructOptions) -> OccupancyNetwork:
    if model is not None and not isinstance(model, str | Path):
        return model
    is_depth = options.cloud.intrinsics is not None
    return load_model(model or (DEPTH_MODEL if is_depth else model_for(observation)), device_of(options.device))


def _paths(observation: Any, options: ReconstructOptions) -> tuple[Path, ...]:
    """The files that are named; none where the observation is a value in memory."""
    if isinstance(observation, str | Path):
        return (Path(observation),)
    if not isinstance(observation, list | tuple) or not all(isinstance(item, str | Path) for item in observation):
        return ()
    if len(observation) > 1 and not options.cloud.merge:
        raise OccnetError(f"{len(observation)} files were given for one reconstruction; say that they are one scan by --merge.")
    return tuple(Path(item) for item in observation)


def _described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else f"an array of shape {tuple(shape)}"
