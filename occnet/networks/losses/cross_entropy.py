"""The loss of the papers: the mean cross-entropy of the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor

from occnet.networks.interfaces import Loss, TrainingSamples
from occnet.networks.occupancy_network import OccupancyNetwork

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class CrossEntropyConfig:
    """What is added to the cross-entropy."""

    view_weight: float = 0.5  # of how far off the guesses are of where a picture shows the points, for encoders that guess


class CrossEntropy(Loss):
    """Mean cross-entropy of labels. Occupancy Networks (Mescheder et al. 2019), eq. 3, divided by the number of points."""

    Config = CrossEntropyConfig

    def __call__(self, network: OccupancyNetwork, samples: TrainingSamples) -> Float[Tensor, ""]:
        code = network.encoder(samples.observation)
        entropy = F.binary_cross_entropy_with_logits(network.decoder(samples.points, code), samples.inside)
        if samples.places is None:
            return entropy
        return entropy + self.config.view_weight * F.l1_loss(code.seen(samples.points), samples.places)
