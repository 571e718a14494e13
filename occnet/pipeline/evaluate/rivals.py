"""What a model is compared with, by what it reads: Poisson, the voxels themselves, or the most similar training shape."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rich.progress import track

from occnet.baselines.oriented_points import oriented_point_mesh
from occnet.baselines.poisson import poisson_mesh
from occnet.baselines.retrieval import NearestExample
from occnet.data.datasets import open_split
from occnet.data.pictures import image_values
from occnet.data.prepared_split import PreparedSplit
from occnet.data.viewer import viewer_of
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Mesh
from occnet.networks.codes.pixel_code import PixelCode
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.evaluate.scores import Method

_VIEWS = 4  # of each training shape that are looked at, spread over those that are stored
_BATCH = 32  # pictures encoded at once


def rivals_of(network: OccupancyNetwork, source: Path) -> dict[str, Method]:
    """The baselines for a network, by name; source: the dataset that it is scored on, whose training split is searched.

    Raises DatasetError when a dataset is needed and has no training pictures.
    """
    if network.reads == "voxels":
        return {"the voxels as they are": lambda voxels, _: voxel_surface(voxels)}
    if network.reads == "image":
        return {"nearest training shape": _retrieval(network, open_split(source, "train"))}
    return {
        "Poisson, true normals": lambda points, normals: poisson_mesh(points, normals),
        "Poisson, estimated normals": lambda points, _: poisson_mesh(points),
    }


def _retrieval(network: OccupancyNetwork, training: PreparedSplit) -> Method:
    """The training shape with the picture whose code (the network's own) is nearest to that of the picture given."""
    count = min(_VIEWS, training.views)
    views = [rank * training.views // count for rank in range(count)]
    every = [(shape, view) for shape in range(len(training)) for view in views]
    parts = [every[start : start + _BATCH] for start in range(0, len(every), _BATCH)]
    features = [
        _features(network, [training.image(shape, view) for shape, view in part])
        for part in track(parts, "Looking at training pictures")
    ]
    examples = NearestExample(np.concatenate(features))

    def run(pixels: np.ndarray, _: np.ndarray) -> Mesh:
        shape, view = every[examples.nearest(_features(network, [pixels])[0])]
        mesh = stored_mesh(training, shape)
        if not network.encoder.viewer_centred:
            return mesh
        viewer = viewer_of(training, shape, view)
        return mesh.with_vertices(viewer.to_viewer(mesh.vertices))

    return run


def stored_mesh(split: PreparedSplit, shape: int) -> Mesh:
    """The surface of a shape of a dataset, from the samples that are stored of it."""
    generator = np.random.default_rng(shape)
    points, normals = split.surface(shape, split.surface_points, generator)
    queries, inside = split.labelled(shape, "uniform", split.labelled_points("uniform"), generator)
    return oriented_point_mesh(points, normals, queries[inside])


@torch.no_grad()
def _features(network: OccupancyNetwork, pictures: Sequence[np.ndarray]) -> np.ndarray:
    size, viewer_centred = network.encoder.observation_size, network.encoder.viewer_centred
    batch = torch.from_numpy(np.stack([image_values(pixels, size, viewer_centred) for pixels in pictures]))
    code = network.encoder(batch.to(network.device))
    return (code.code if isinstance(code, PixelCode) else code).cpu().numpy()
