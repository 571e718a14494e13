"""Refining a precise scan brings the surface nearer to the truth, and changes neither the weights nor what is solid."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from occnet.cube import PADDED_EDGE
from occnet.errors import ModelError
from occnet.field import logit_of
from occnet.inference.tuning import SURE, tuned_field
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network

HALF = (0.5, 0.35, 0.2)  # of a box


@pytest.fixture(scope="module")
def network() -> OccupancyNetwork:
    return load_model("points")


@pytest.fixture(scope="module")
def scan() -> Tensor:
    """600 points on the box, spread by area, without noise."""
    draw = torch.Generator().manual_seed(3)
    half = torch.tensor(HALF)
    areas = half.prod() / half
    axis = torch.multinomial(areas, 600, replacement=True, generator=draw)
    points = (2.0 * torch.rand(600, 3, generator=draw) - 1.0) * half
    sides = torch.randint(0, 2, (600,), generator=draw) * 2.0 - 1.0
    rows = torch.arange(600)
    points[rows, axis] = sides * half[axis]
    return points


def test_a_precise_scan_gains_near_the_surface_and_keeps_its_solid(network: OccupancyNetwork, scan: Tensor) -> None:
    before = network.field(scan)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    after = tuned_field(network, scan, 40, network.threshold)
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())

    draw, level = torch.Generator().manual_seed(4), logit_of(network.threshold)
    near = scan[torch.randint(600, (6000,), generator=draw)] + 0.01 * torch.randn(6000, 3, generator=draw)
    inside = (near.abs() < torch.tensor(HALF)).all(dim=1)
    wrong = [float(((field(near) > level) != inside).float().mean()) for field in (before, after)]
    assert wrong[1] < 0.85 * wrong[0]
    there = [float((field(scan) - level).abs().mean()) for field in (before, after)]
    assert there[1] < 0.7 * there[0]

    anywhere = (torch.rand(20_000, 3, generator=draw) - 0.5) * PADDED_EDGE
    old, new = before(anywhere) - level, after(anywhere) - level
    sure = old.abs() > SURE
    assert float(((old > 0) != (new > 0))[sure].float().mean()) < 1e-3


def test_a_seed_is_one_field_and_no_steps_change_nothing(network: OccupancyNetwork, scan: Tensor) -> None:
    asked = scan[:50] * 0.97
    fields = [tuned_field(network, scan, 2, 0.5, seed) for seed in (0, 0, 1)]
    assert torch.equal(fields[0](asked), fields[1](asked))
    assert not torch.equal(fields[0](asked), fields[2](asked))
    torch.testing.assert_close(tuned_field(network, scan, 0, 0.5)(asked), network.field(scan)(asked))
    assert torch.equal(tuned_field(network, scan.tolist(), 2, 0.5)(asked.numpy()), fields[0](asked))


def test_a_model_without_features_on_the_points_is_refused(scan: Tensor) -> None:
    other = build_network({"encoder": {"name": "residual_pointnet"}, "decoder": {"name": "conditional_batch_norm"}})
    with pytest.raises(ModelError, match="--tune"):
        tuned_field(other, scan, 5, 0.5)
