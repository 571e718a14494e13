"""The optimisers: every weight is moved by exactly one, and Muon's step is a scaled orthogonal matrix."""

from __future__ import annotations

import torch
from torch import nn

from occnet.pipeline.train.optimizers import optimizers_of


def test_every_weight_belongs_to_exactly_one_optimiser() -> None:
    network = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.Linear(16, 1))
    for name, expected in (("adamw", 1), ("muon", 2)):
        optimizers = optimizers_of(network, name, 1e-3, 0.01)
        moved = [weight for optimizer in optimizers for group in optimizer.param_groups for weight in group["params"]]
        assert len(optimizers) == expected
        assert sorted(map(id, moved)) == sorted(map(id, network.parameters()))
    muon = optimizers_of(network, "muon", 1e-3, 0.01)[0]
    assert [tuple(weight.shape) for weight in muon.param_groups[0]["params"]] == [(16, 8)]  # no vectors, no single rows


def test_a_muon_step_is_nearly_orthogonal_and_as_large_as_one_of_adam() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(32, 64, bias=False)
    before = layer.weight.detach().clone()
    muon = optimizers_of(layer, "muon", 1e-2, 0.0)[0]
    (layer(torch.randn(16, 32)) ** 2).sum().backward()
    muon.step()
    change = (layer.weight.detach() - before) / 1e-2
    values = torch.linalg.svdvals(change) / (0.2 * 64**0.5)
    assert values[:16].min() > 0.5
    assert values.max() < 1.5  # all directions of the gradient (rank 16) move about equally
    assert 0.05 < change.pow(2).mean().sqrt() < 0.4  # Adam's is about 0.2
