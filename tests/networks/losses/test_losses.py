"""Losses against their formulas, and what the registry makes of the table [loss]."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.data.batches import Batch
from occnet.errors import RecipeError
from occnet.networks.losses.near_surface import NearSurface, NearSurfaceConfig
from occnet.networks.losses.signed_distance import SignedDistance, SignedDistanceConfig
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import LOSSES, build_loss


class Answers(OccupancyNetwork):
    """A network that answers with logits of its own, whatever it is asked."""

    def __init__(self, logits: Tensor) -> None:
        nn.Module.__init__(self)
        self.logits = nn.Parameter(logits)

    def forward(self, observation: Tensor, points: Tensor) -> Tensor:
        return self.logits


@pytest.fixture
def samples() -> Batch:
    torch.manual_seed(0)
    distances = torch.rand(2, 50) * 0.2
    return Batch(torch.zeros(2, 0), torch.rand(2, 50, 3), (torch.rand(2, 50) < 0.5).float(), distances=distances)


def entropy(logits: Tensor, inside: Tensor) -> Tensor:
    return -(inside * logits.sigmoid().log() + (1 - inside) * (-logits).sigmoid().log())


def test_points_far_from_the_surface_weigh_nothing_beside_those_on_it(samples: Batch):
    network = Answers(torch.randn(2, 50))
    far = samples.distances.clone()  # pyright: ignore[reportOptionalMemberAccess]
    far[:, 0], far[:, 1:] = 0.0, 100.0
    loss = NearSurface(NearSurfaceConfig(weight=1e6))(network, replace(samples, distances=far))
    wanted = entropy(network.logits, samples.inside)[:, 0].mean()
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-3)


def test_equal_weights_are_the_cross_entropy(samples: Batch):
    network = Answers(torch.randn(2, 50))
    loss = NearSurface(NearSurfaceConfig(weight=1.0))(network, samples)
    assert loss.item() == pytest.approx(entropy(network.logits, samples.inside).mean().item(), rel=1e-5)


def test_the_distance_term_vanishes_where_logits_follow_the_signed_distance(samples: Batch):
    config = SignedDistanceConfig(reach=0.05, logit=4.0, weight=0.5)
    assert samples.distances is not None
    signed = (2 * samples.inside - 1) * samples.distances.clamp(max=0.049)
    near = replace(samples, distances=samples.distances.clamp(max=0.049))
    follows = Answers(4.0 * torch.atanh(signed / 0.05))
    loss = SignedDistance(config)(follows, near)
    assert loss.item() == pytest.approx(entropy(follows.logits, near.inside).mean().item(), abs=1e-5)
    flat = Answers(torch.zeros(2, 50))
    term = F.smooth_l1_loss(torch.zeros(2, 50), signed / 0.05, beta=0.1)
    wanted = (entropy(flat.logits, near.inside).mean() + 0.5 * term).item()
    assert SignedDistance(config)(flat, near).item() == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("name", list(LOSSES))
def test_a_table_names_the_loss(name: str):
    latent = {"latent": {"latent_channels": 4}} if LOSSES[name].latent else {}
    decoder = {"decoder": {"name": "point_set"}} if LOSSES[name].of_surfaces else {}
    assert isinstance(build_loss({"loss": {"name": name}, **latent, **decoder}), LOSSES[name])


def test_a_loss_that_does_not_fit_is_refused():
    with pytest.raises(RecipeError, match="no loss 'crossentropy'; did you mean cross_entropy"):
        build_loss({"loss": {"name": "crossentropy"}})
    with pytest.raises(RecipeError, match="evidence_bound is for networks with a latent code"):
        build_loss({"loss": {"name": "evidence_bound"}})
    with pytest.raises(RecipeError, match="cross_entropy is for networks without a latent code"):
        build_loss({"loss": {"name": "cross_entropy"}, "latent": {"latent_channels": 4}})
    with pytest.raises(RecipeError, match="width must be positive"):
        build_loss({"loss": {"name": "near_surface", "width": 0.0}})
