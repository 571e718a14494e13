"""The cross-entropy with a term that asks the logits to grow with the distance to the surface."""

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
class SignedDistanceConfig:
    """What is asked of the logits."""

    weight: float = 0.5  # of the distance term beside the cross-entropy
    reach: float = 0.05  # distance at which the signed one is cut off, in unit-cube edges
    logit: float = 4.0  # that stands for half of the reach, about

    def __post_init__(self) -> None:
        if self.reach <= 0.0 or self.logit <= 0.0:
            raise ValueError(f"reach and logit must be positive, but are {self.reach} and {self.logit}")


class SignedDistance(Loss):
    """Cross-entropy, and how far the squashed logits are from the signed distance, positive inside, cut off at its reach."""

    Config = SignedDistanceConfig
    wants_distances = True

    def __call__(self, network: OccupancyNetwork, samples: TrainingSamples) -> Float[Tensor, ""]:
        assert samples.distances is not None
        logits = network(samples.observation, samples.points)
        signed = (2.0 * samples.inside - 1.0) * samples.distances
        wanted = (signed / self.config.reach).clamp(-1.0, 1.0)
        term = F.smooth_l1_loss(torch.tanh(logits / self.config.logit), wanted, beta=0.1)
        return F.binary_cross_entropy_with_logits(logits, samples.inside) + self.config.weight * term
