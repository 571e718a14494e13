"""Pictures of what a network makes of some validation shapes: the observation above, the mesh below."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.data.batches import Batch
from occnet.errors import EmptySurface
from occnet.geometry.render.cloud_rendering import render_points
from occnet.geometry.render.picture_grid import side_by_side
from occnet.geometry.render.scene import render_mesh
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.surface_network import SurfaceNetwork
from occnet.observations.interface import SIDE
from occnet.observations.kinds import kind_named
from occnet.pipeline.train.training_data import TrainingData

_BOUNDS = np.array([[-0.5] * 3, [0.5] * 3])


def draw_validation(network: OccupancyNetwork, data: TrainingData, count: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) uint8: a column for each of count validation shapes, observation above and mesh below.

    A shape in which the network sees nothing solid has an empty place below. Raises OccnetError where pictures cannot be
    drawn at all (no ray caster on this machine).
    """
    count = min(count, len(data.validation))
    shapes = [number * len(data.validation) // count for number in range(count)]
    size = data.sizes[-1]
    batch = data.validation_batch(shapes, size)
    kind = kind_named(network.reads)
    above = [kind.picture(batch.observation[row]) for row in range(count)]
    below = [_mesh_picture(network, batch, row) for row in range(count)]
    caption = f"{size:,} points" if size else kind.name
    return side_by_side([*above, *below], [caption] * count + ["mesh"] * count, columns=count)


def _mesh_picture(network: OccupancyNetwork, batch: Batch, row: int) -> NDArray[np.uint8]:
    observation = batch.observation[row]
    if isinstance(network, SurfaceNetwork):
        return picture_of(network.mesh(observation))
    if network.latent is None:
        field = network.field(observation)
    else:
        field = network.field_of_code(network.posterior_code(batch.points[row], batch.inside[row], observation))
    try:
        mesh = extract_mesh(field, resolution=64, threshold=network.threshold)
    except EmptySurface:
        return np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)
    return picture_of(mesh)


def picture_of(mesh: Mesh) -> NDArray[np.uint8]:
    """A picture (SIDE, SIDE, 3) uint8 of a mesh in the unit cube, or of its points where it has no faces."""
    if not len(mesh.faces):
        return render_points(mesh.vertices, (SIDE, SIDE), bounds=_BOUNDS)
    return render_mesh(mesh, (SIDE, SIDE), bounds=_BOUNDS)
