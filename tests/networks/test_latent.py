"""The evidence bound against its closed form, and what it stands for when a batch shows a part of the points only."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal

from occnet.data.batches import Batch
from occnet.networks.latent import LatentEncoder
from occnet.networks.losses.evidence_bound import negative_evidence_bound
from occnet.networks.registry import build_loss, build_network


def test_the_bound_is_cross_entropy_and_divergence_in_closed_form() -> None:
    """KL(N(m, s) || N(0, 1)) = (m^2 + s^2 - 1) / 2 - ln s a channel; every point at logit 0 costs ln 2."""
    mean, deviation = torch.tensor([[0.5, -2.0], [0.0, 1.0]]), torch.tensor([[0.3, 1.0], [2.0, 1.0]])
    divergence = ((mean**2 + deviation**2 - 1) / 2 - deviation.log()).sum(dim=1).mean()
    logits, inside = torch.zeros(2, 40), torch.ones(2, 40)
    prior = Normal(torch.zeros(2), torch.ones(2))
    for bound_points, counted in ((0, 40), (40, 40), (1000, 1000)):
        loss = negative_evidence_bound(logits, inside, Normal(mean, deviation), prior, bound_points)
        assert float(loss) == pytest.approx(math.log(2) + float(divergence) / counted, rel=1e-6)


def test_a_sample_of_the_points_stands_for_all_of_them() -> None:
    """The mean of the bounds of all parts of a shape's points is the bound of all its points."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 256, generator=generator)
    inside = (torch.rand(3, 256, generator=generator) < 0.4).float()
    posterior, prior = Normal(torch.randn(3, 5, generator=generator), torch.ones(3, 5)), Normal(torch.zeros(5), torch.ones(5))
    whole = negative_evidence_bound(logits, inside, posterior, prior)
    parts = [
        negative_evidence_bound(*pair, posterior, prior, bound_points=256)
        for pair in zip(logits.split(64, dim=1), inside.split(64, dim=1), strict=True)
    ]
    assert float(torch.stack(parts).mean()) == pytest.approx(float(whole), rel=1e-6)


def test_training_takes_the_recipes_number_of_points() -> None:
    """With the weights of the posterior at zero but its bias, the divergence is known, and only its share changes."""
    losses = {}
    for bound_points in (0, 640):
        torch.manual_seed(0)
        network = build_network(
            {
                "encoder": {"name": "nothing"},
                "decoder": {"name": "concatenation", "hidden_channels": 16},
                "latent": {"latent_channels": 4, "hidden_channels": 8, "bound_points": bound_points},
            }
        )
        assert isinstance(network.latent, LatentEncoder)
        torch.nn.init.zeros_(network.latent.fc_mean.weight)
        torch.nn.init.constant_(network.latent.fc_mean.bias, 3.0)
        torch.nn.init.zeros_(network.latent.fc_logstd.weight)
        torch.nn.init.zeros_(network.latent.fc_logstd.bias)
        torch.manual_seed(1)
        points = torch.rand(2, 64, 3) - 0.5
        losses[bound_points] = build_loss(network.recipe)(
            network, Batch(torch.zeros(2, 0), points, (points[..., 0] > 0).float())
        ).item()
    assert losses[0] - losses[640] == pytest.approx(4 * 3.0**2 / 2 * (1 / 64 - 1 / 640), rel=1e-4)
