"""The optimisers: every weight is moved by exactly one, and Muon's step is a scaled orthogonal matrix."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from occnet.pipeline.train import muon as muon_of
from occnet.pipeline.train.muon import orthogonalized
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


@pytest.mark.parametrize("shape", [(12, 30), (30, 12)])
def test_singular_vectors_stay_and_singular_values_come_near_one(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    for narrow, off in ((False, 1e-4), (True, 0.1)):
        monkeypatch.setattr(muon_of, "has_bfloat16", lambda _, narrow=narrow: narrow)
        found = orthogonalized(matrix)
        assert found.dtype == (torch.bfloat16 if narrow else torch.float32)
        inner = left.t() @ found.float() @ right.t()  # diagonal, if the vectors are the same
        assert float((inner - torch.diag(inner.diagonal())).abs().max()) < off
        assert float(inner.diagonal().min()) > 0.6
        assert float(inner.diagonal().max()) < 1.3


def test_steps_are_those_of_the_muon_of_torch_up_to_its_rounding_and_so_is_the_state() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(24, 40, bias=False)
    other = copy.deepcopy(layer)
    ours = optimizers_of(layer, "muon", 1e-2, 0.1)[0]
    theirs = torch.optim.Muon([other.weight], lr=1e-2, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    start = layer.weight.detach().clone()
    for _ in range(3):
        data = torch.randn(64, 24)
        for one, optimizer in ((layer, ours), (other, theirs)):
            optimizer.zero_grad()
            (one(data) - data.sum(dim=1, keepdim=True)).square().mean().backward()
            optimizer.step()
    moved = (other.weight - start).norm()
    assert float((layer.weight - other.weight).norm() / moved) < 0.04
    ours.load_state_dict({"state": theirs.state_dict()["state"], "param_groups": ours.state_dict()["param_groups"]})
    torch.testing.assert_close(ours.state[layer.weight]["momentum_buffer"], theirs.state[other.weight]["momentum_buffer"])
