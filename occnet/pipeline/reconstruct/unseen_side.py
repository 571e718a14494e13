"""What a network guesses of the sides of a thing that no sensor saw."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from occnet.errors import ModelError
from occnet.field import Field, logit_of
from occnet.geometry.sensors.sighted_scan import SightedScan
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork

GUESSER = "partial"
"""The shipped model that was trained on what a few sensors see of a thing."""

_POINTS = 4000  # of a scan: more of them do not change what is guessed of its far side


def guess_of(scan: SightedScan, network: OccupancyNetwork) -> Field:
    """The Field, > 0 inside, of a network that reads clouds with normals: the scan's points, and the sides that were seen.

    Raises ModelError when the network reads no points.
    """
    if network.reads != "points":
        raise ModelError(f"A model that guesses the unseen side of a scan reads points, but this one reads {network.reads}.")
    chosen = np.random.default_rng(0).permutation(len(scan.points))[:_POINTS]
    columns = [scan.points, scan.normals] if network.reader.normals else [scan.points]
    field = network.field(torch.from_numpy(np.concatenate(columns, axis=1)[chosen].astype(np.float32)))
    level = logit_of(network.threshold)
    return lambda points: field(points) - level


@lru_cache(maxsize=1)
def guesser(device: str) -> OccupancyNetwork:
    """The shipped model for it, which stays loaded. Raises ModelError when it is not there."""
    return load_model(GUESSER, device)
