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


def orientation_error(seen: Float[Tensor, "b n 3"], true: Float[Tensor, "b n 3"]) -> Float[Tensor, ""]:
    """The mean squared length of the difference of normals (B, N, 3), over the points whose true one is known, not zero.

    It is least for the mean of all normals that a point may have: one that could point either way is seen as short.
    """
    known = true.any(dim=-1, keepdim=True)
    return ((seen.float() - true) * known).square().sum() / known.sum().clamp_min(1)


@dataclass(frozen=True)
class CrossEntropyConfig:
    """What is added to the cross-entropy."""

    view_weight: float = 0.5  # of how far off the guesses are of where a picture shows the points, for encoders that guess
    normals_weight: float = 0.1  # of how far off the normals are that an encoder sees on a cloud's points, where it tells them


class CrossEntropy(Loss):
    """Mean cross-entropy of labels. Occupancy Networks (Mescheder et al. 2019), eq. 3, divided by the number of points."""

    Config = CrossEntropyConfig

    def __call__(self, network: OccupancyNetwork, samples: TrainingSamples) -> Float[Tensor, ""]:
        code = network.encoder(samples.observation)
        entropy = F.binary_cross_entropy_with_logits(network.decoder(samples.points, code), samples.inside)
        seen = getattr(code, "orientation", None)  # of codes that tell it
        if seen is not None and samples.directions is not None:
            entropy = entropy + self.config.normals_weight * orientation_error(seen, samples.directions)
        if samples.places is None:
            return entropy
        return entropy + self.config.view_weight * F.l1_loss(code.seen(samples.points), samples.places)
