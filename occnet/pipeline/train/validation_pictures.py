"""Pictures of what a network makes of some validation shapes: the observation above, the mesh below."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from occnet.data.batches import Batch
from occnet.errors import EmptySurface
from occnet.geometry.render.cloud_rendering import render_points
from occnet.geometry.render.picture_grid import side_by_side
from occnet.geometry.render.scene import render_mesh
from occnet.meshing.extract import extract_mesh
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.train.training_data import TrainingData

SIZE = 224
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
    above = [_observation_picture(network.reads, batch.observation[row]) for row in range(count)]
    below = [_mesh_picture(network, batch, row) for row in range(count)]
    caption = f"{size:,} points" if size else network.reads
    return side_by_side([*above, *below], [caption] * count + ["mesh"] * count, columns=count)


def _observation_picture(reads: str, observation: torch.Tensor) -> NDArray[np.uint8]:
    if reads == "points":
        return render_points(observation.numpy(), (SIZE, SIZE), bounds=_BOUNDS)
    if reads == "image":
        pixels = (observation.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        return np.asarray(Image.fromarray(pixels).resize((SIZE, SIZE)))
    if reads == "voxels":
        resolution = observation.shape[0]
        return render_points((observation.nonzero().numpy() + 0.5) / resolution - 0.5, (SIZE, SIZE), bounds=_BOUNDS)
    return np.full((SIZE, SIZE, 3), 255, dtype=np.uint8)


def _mesh_picture(network: OccupancyNetwork, batch: Batch, row: int) -> NDArray[np.uint8]:
    if network.latent is None:
        observation = None if network.reads == "nothing" else batch.observation[row]
        field = network.field(observation)
    else:
        condition = None if network.reads == "nothing" else batch.observation[row]
        field = network.field_of_code(network.posterior_code(batch.points[row], batch.inside[row], condition))
    try:
        mesh = extract_mesh(field, resolution=64, threshold=network.threshold)
    except EmptySurface:
        return np.full((SIZE, SIZE, 3), 255, dtype=np.uint8)
    return render_mesh(mesh, (SIZE, SIZE), bounds=_BOUNDS)
