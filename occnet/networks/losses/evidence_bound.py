"""The loss of generative models: the evidence lower bound with its sign turned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from occnet.networks.interfaces import Loss, TrainingSamples
from occnet.networks.occupancy_network import OccupancyNetwork

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class EvidenceBoundConfig:
    """Nothing to choose here: how many points the bound stands for is the latent code's own, `bound_points` in [latent]."""


class EvidenceBound(Loss):
    """The negative evidence bound, with codes drawn from the posterior of each shape's labelled points (sec. 3.2)."""

    Config = EvidenceBoundConfig
    latent = True

    def __call__(self, network: OccupancyNetwork, samples: TrainingSamples) -> Float[Tensor, ""]:
        latent = network.latent
        assert latent is not None
        points, inside = samples.points, samples.inside
        code = network.encoder(samples.observation)
        posterior = latent(points, inside, code)
        drawn = posterior.rsample()
        beside = latent.learned_from(drawn.detach(), code)
        logits = network.decoder(points, torch.cat([code, drawn.to(code.dtype)], dim=-1))
        return beside + negative_evidence_bound(logits, inside, posterior, latent.prior(points.device), latent.bound_points)


def negative_evidence_bound(
    logits: Float[Tensor, "b n"], inside: Float[Tensor, "b n"], posterior: Normal, prior: Normal, bound_points: int = 0
) -> Float[Tensor, ""]:
    """The evidence lower bound with its sign turned, a mean over points and shapes, in nats a point: a loss.

    logits, inside: (B, N). bound_points: the bound for so many points a shape, of which these N are a sample; 0 for N. The more
    points, the more of a shape is worth telling in its code; the fewer, the closer codes come to the prior.
    Occupancy Networks (Mescheder et al. 2019), eq. 4, divided by the number of points, which changes the scale of the loss
    and nothing else.
    """
    divergence = kl_divergence(posterior, prior).sum(dim=-1).mean()
    return F.binary_cross_entropy_with_logits(logits, inside) + divergence / (bound_points or logits.shape[1])
