"""What a network was shown before is not encoded again, and answers as before; what is other is."""

from __future__ import annotations

import numpy as np
import torch

from occnet.inference.remembered import remember_fields
from occnet.networks.registry import build_network


def test_equal_observations_have_one_field_and_others_have_their_own():
    torch.manual_seed(0)
    recipe = {"encoder": {"name": "pointnet"}, "decoder": {"name": "conditional_batch_norm"}}
    network = build_network(recipe).eval()
    calls = []
    network.encoder.register_forward_hook(lambda *_: calls.append(1))
    points, places = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 64, 3)).astype(np.float32)
    plain = network.field(points)(places)
    remember_fields(network, kept=2)
    first = network.field(points)
    torch.testing.assert_close(first(places), plain)
    assert network.field(torch.from_numpy(points.copy())) is first
    assert len(calls) == 2
    other = network.field(points + 0.125)
    assert other is not first
    assert len(calls) == 3
    network.field(points[:32])  # of three, the last two are kept
    assert network.field(points + 0.125) is other
    assert network.field(points) is not first
