"""An observation and a network -> the Field between them -> its mesh."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from occnet.cube import PADDED_BOUNDS, PADDED_EDGE
from occnet.errors import EmptySurface, MeshError, OccnetError
from occnet.field import Field, logit_of
from occnet.geometry.ground.assembly import together
from occnet.geometry.scan.support import drop_splinters, drop_unsupported
from occnet.geometry.sensors.observed_field import CELL, ObservedField
from occnet.geometry.soundness.coarse_coordinates import moved_to_coarse
from occnet.inference.ensemble import mean_field
from occnet.inference.picture_view import picture_view
from occnet.inference.scene_field import SceneField
from occnet.inference.standing_field import StandingField
from occnet.inference.threshold import best_thresholds, uniform_logits
from occnet.inference.tuning import tuned_field
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.surface_network import SurfaceNetwork
from occnet.observations.interface import Observation
from occnet.observations.reading_options import CloudReading
from occnet.observations.symmetries import Symmetry
from occnet.pipeline.phases import announce_share
from occnet.pipeline.reconstruct.finishing import finished
from occnet.pipeline.reconstruct.open_mesh import open_mesh, seen_of_solid
from occnet.pipeline.reconstruct.photo_result import PhotoFindings
from occnet.pipeline.reconstruct.photographed_mesh import Threshold, as_pictured
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.reconstruct.unseen_side import guess_of, guesser

NETWORK_EXTRACTION = ExtractionOptions(vertex_steps=3, vertex_tolerance=2e-4)
"""How networks are extracted: half the evaluations for the vertices, which lie 0.03 cells from where they would (rms)."""

NOISY_EXTRACTION = replace(NETWORK_EXTRACTION, vertex_steps=0, smoothing=20)
"""How networks are extracted that read a noisy scan: the straight line between the corners then is smoother than the field is,
whose own ripples are the scan's noise, and nearer to the truth; and what is left of ripples on flat parts is smoothed
(docs/extraction.md)."""

SIGHTED_EXTRACTION = ExtractionOptions(vertex_steps=0)
"""How scans are extracted whose sensors are known: near its surface their field is the distance to it."""

FEWEST_CELLS = 96
"""Along the longest edge of a small thing beside larger ones."""

FEWEST_FACES = 4
"""That a closed mesh can have."""

SCENE_CHUNK = 1 << 17
"""Points a call of a field in tiles: many, for each call goes through the tiles one after the other."""


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
    if observation.tiles == 1 or observation.cloud is None:
        return mean_field(network, observation.readings)
    symmetries = reading.augmentations or 1
    whole = mean_field(network, observation.readings[:symmetries])  # what is solid one sample tells; its surface is the tiles'
    return SceneField(network, observation.cloud, whole, observation.tiles, reading.subsamples, symmetries)


Say = Callable[[str], None]
"""Is told, in a sentence, what was done that a user would not expect."""

Judge = Callable[[PhotoFindings], None]
"""Is told what was found as a mesh was made of a photo."""


def mesh_of(
    observation: Observation,
    network: OccupancyNetwork,
    source: str,
    options: ReconstructOptions,
    say: Say = lambda sentence: None,
    judge: Judge = lambda findings: None,
) -> Mesh:
    """The mesh of an observation in its own coordinates, finished as the options say.

    Raises EmptySurface if nothing solid is seen, MeshError if the mesh cannot have so few faces; both name the source.
    """
    if observation.open_scan is not None:
        return observation.frame.mesh_to_original(open_mesh(observation.open_scan, source, options, say))
    things = meshes_of_things(observation, network, source, options, say)
    if things:
        return together(things, observation.slab)
    return _mesh_of_one(observation, network, source, options, say, judge)


def meshes_of_things(
    observation: Observation, network: OccupancyNetwork, source: str, options: ReconstructOptions, say: Say
) -> tuple[Mesh, ...]:
    """The mesh of each thing that an observation is taken apart into, in its own coordinates; none if it is not.

    The largest has the resolution asked for, smaller ones have cells as large as its own, but at least FEWEST_CELLS of them.
    Faces are shared out by their area, as far as their size tells it. Raises what `mesh_of` does, of one of them.
    """
    largest = max((thing.frame.scale for thing in observation.things), default=1.0)
    whole = sum(thing.frame.scale**2 for thing in observation.things)
    slab = 0 if observation.slab is None else len(observation.slab.faces)
    meshes = []
    for thing in observation.things:
        cells = max(min(FEWEST_CELLS, options.resolution), math.ceil(options.resolution * thing.frame.scale / largest))
        share = thing.frame.scale**2 / whole
        faces = None if options.faces is None else max(FEWEST_FACES, int((options.faces - slab) * share))
        meshes.append(_mesh_of_one(thing, network, source, replace(options, resolution=cells, faces=faces), say))
    return tuple(meshes)


def _mesh_of_one(
    observation: Observation,
    network: OccupancyNetwork,
    source: str,
    options: ReconstructOptions,
    say: Say,
    judge: Judge = lambda findings: None,
) -> Mesh:
    if isinstance(network, SurfaceNetwork):
        return _drawn_mesh(observation, network)
    resolution, bounds, coarse = options.resolution, PADDED_BOUNDS, None
    scan = observation.sighted
    if scan is None:
        field = field_of(observation, network, options.cloud, options.threshold)
        extraction = NETWORK_EXTRACTION if observation.precise or options.cloud.tune else NOISY_EXTRACTION
        threshold = options.threshold or network.threshold
        if observation.pictured is not None or (network.adaptive and options.threshold is None):
            coarse = uniform_logits(field)
            if network.adaptive and options.threshold is None:
                threshold = float(best_thresholds(coarse.unsqueeze(0)))
    else:
        if options.refine:
            raise OccnetError(f"{source}: --refine follows a model, but the scan is read by its sensors; add --ignore-sensors.")
        guess = guess_of(scan, guesser(str(network.device)) if options.model is None else network)
        field, extraction, threshold = ObservedField(scan, guess), SIGHTED_EXTRACTION, options.threshold or 0.5
        resolution = min(resolution, math.ceil(PADDED_EDGE / (CELL * scan.usual_spacing)))
    if isinstance(field, SceneField):
        low, high = field.bounds.tolist()
        bounds = ((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        resolution = math.ceil(resolution * max(high[axis] - low[axis] for axis in range(3)) / field.tiles.edge)
        extraction = replace(extraction, chunk=SCENE_CHUNK)
    if observation.floor is not None:
        field = StandingField(field, observation.floor, logit_of(threshold))
    extract = partial(
        extract_mesh,
        resolution=resolution,
        bounds=bounds,
        seeds=observation.seeds,
        progress=announce_share,
        options=extraction,
    )
    try:
        if observation.pictured is None:
            mesh = extract(field, threshold=threshold)
        else:
            assert coarse is not None
            view = picture_view(observation, network)
            wanted = Threshold(threshold, options.threshold is not None)
            mesh, threshold, findings = as_pictured(field, wanted, coarse, view, lambda of, level: extract(of, threshold=level))
            judge(findings)
    except EmptySurface:
        raise EmptySurface(
            f"{source}: the model sees nothing solid in it: no place is inside with a probability above {threshold:.2f}, or "
            "all are; --threshold tries another one, lower for more."
        ) from None
    if observation.seeds is not None:
        mesh = drop_unsupported(mesh, observation.seeds.numpy(), options.least_support)
        if scan is not None and options.least_support:
            mesh = drop_splinters(mesh, observation.seeds.numpy())
    if options.cloud.surface == "open" and observation.seeds is not None and network.reads == "points":
        seen = seen_of_solid(mesh, observation.seeds.double().numpy(), source, options, say)
        return observation.frame.mesh_to_original(seen)
    try:
        return moved_to_coarse(finished(mesh, field, threshold, options, say), observation.frame, say)
    except MeshError as problem:
        raise MeshError(f"{source}: {problem}") from problem


def _drawn_mesh(observation: Observation, network: SurfaceNetwork) -> Mesh:
    """The surface that a network draws of the first reading, for those of several cannot be averaged.

    A set of points is a mesh without faces.
    """
    reading, symmetry = observation.readings[0]
    assert symmetry == Symmetry.of(0), "the first reading is of the observation as it stands"
    return observation.frame.mesh_to_original(network.mesh(reading))
