"""A file -> what a network reads, and the way back from the unit cube to the file's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from occnet.errors import ModelError
from occnet.files.clouds import checked_points, read_cloud
from occnet.files.images import read_image, squared
from occnet.files.voxels import read_voxels
from occnet.geometry.strays import strays
from occnet.mesh import Frame
from occnet.networks.occupancy_network import OccupancyNetwork

MOST_POINTS = 10_000  # the largest scans that the shipped model was trained on
SUBSAMPLES = 4  # of a larger scan; more gain little


@dataclass(frozen=True, eq=False)
class Observation:
    """One observation, ready for a network."""

    samples: tuple[Tensor, ...]  # each as `OccupancyNetwork.field` takes it; their answers are averaged
    frame: Frame  # of the unit cube in the observation's own coordinates
    seeds: Tensor | None = None  # (N, 3) points near the surface, in the unit cube, where the observation gives any


def read_observation(
    source: Path, network: OccupancyNetwork, seed: int = 0, drop_invalid: bool = False, subsamples: int = SUBSAMPLES
) -> Observation:
    """What the network reads, from a file of that kind: a cloud, a photo (.png, .jpg, ...) or voxels (.binvox, .npy).

    seed, drop_invalid, subsamples: as in ReconstructOptions, for clouds. Raises FileError or CloudError when the file does not
    hold it, ModelError when the model reads none of these.
    """
    if network.reads == "points":
        return observed_cloud(checked_points(read_cloud(source).points, str(source), drop_invalid), seed, subsamples)
    if network.reads == "image":
        pixels = squared(read_image(source), network.encoder.observation_size)
        values = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)
        return Observation((values,), Frame(np.zeros(3), 1.0))  # a photo tells no size: the mesh fills the unit cube
    if network.reads == "voxels":
        grid = read_voxels(source)
        return Observation((torch.from_numpy(grid.occupied),), grid.frame)
    raise ModelError(
        f"The model reads {network.reads}, so it makes nothing of {source}; choose one that reads points, an image or voxels."
    )


def observed_cloud(cloud: np.ndarray, seed: int = 0, subsamples: int = SUBSAMPLES) -> Observation:
    """A cloud (N, 3) moved into the unit cube, strays left out, in random samples of at most 10,000 points each.

    subsamples: the most samples that are drawn of a larger cloud; together they hold as many of its points as they can.
    """
    if len(cloud) > MOST_POINTS:
        order = np.random.default_rng(seed).permutation(len(cloud))
        cloud = cloud[order[: subsamples * MOST_POINTS]]
    cloud = cloud[~strays(cloud)]
    frame = Frame.of(cloud)
    unit = torch.from_numpy(frame.to_unit(cloud)).float()
    size = min(len(unit), MOST_POINTS)
    starts = np.linspace(0, len(unit) - size, -(-len(unit) // MOST_POINTS)).astype(int)  # the last may overlap
    return Observation(tuple(unit[start : start + size] for start in starts), frame, seeds=unit)
