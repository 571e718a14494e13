"""A dense cloud in samples of the size that a network was trained on; their answers are averaged."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from occnet.field import Field, Mean
from occnet.networks.occupancy_network import OccupancyNetwork

MOST_POINTS = 10_000  # the largest scans that the shipped model was trained on
SUBSAMPLES = 4  # of a larger scan; more gain little


def subsamples(cloud: Tensor, most: int = SUBSAMPLES) -> tuple[Tensor, ...]:
    """At most `most` pieces of a cloud (N, ...) in random order, of 10,000 points each, or the whole where it has fewer.

    Together they hold as many of the points as they can; the last ones may share some.
    """
    cloud = cloud[: most * MOST_POINTS]
    size = min(len(cloud), MOST_POINTS)
    starts = np.linspace(0, len(cloud) - size, -(-len(cloud) // MOST_POINTS)).astype(int)
    return tuple(cloud[start : start + size] for start in starts)


def mean_field(network: OccupancyNetwork, samples: tuple[Tensor, ...]) -> Field:
    """The mean of the network's fields of several observations of one thing."""
    fields = tuple(network.field(sample) for sample in samples)
    return fields[0] if len(fields) == 1 else Mean(fields)
