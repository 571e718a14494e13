"""The cross-entropy with more weight near the surface, where the shape is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from occnet.networks.interfaces import Loss, TrainingSamples
from occnet.networks.occupancy_network import OccupancyNetwork

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class NearSurfaceConfig:
    """How the weight falls off. Lengths are in unit-cube edges."""

    weight: float = 4.0  # of points on the surface, beside 1 of those far from it
    width: float = 0.02  # distance at which what is added to the weight has fallen to a share of 1/e

    def __post_init__(self) -> None:
        if self.weight <= 0.0 or self.width <= 0.0:
            raise ValueError(f"weight and width must be positive, but are {self.weight} and {self.width}")


class NearSurface(Loss):
    """Cross-entropy of labels, weighted by nearness to the surface; the weights of a batch have mean 1."""

    Config = NearSurfaceConfig
    wants_distances = True

    def __call__(self, network: OccupancyNetwork, samples: TrainingSamples) -> Float[Tensor, ""]:
        assert samples.distances is not None
        weight = 1.0 + (self.config.weight - 1.0) * torch.exp(-((samples.distances / self.config.width) ** 2))
        logits = network(samples.observation, samples.points)
        return F.binary_cross_entropy_with_logits(logits, samples.inside, weight / weight.mean())
