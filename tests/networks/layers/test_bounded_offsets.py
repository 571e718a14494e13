"""Squashed offsets: the direction is kept, the length grows with the true one and never reaches the limit."""

from __future__ import annotations

import torch

from occnet.networks.layers.bounded_offsets import bounded


def test_offsets_keep_their_direction_and_stay_below_the_limit():
    direction = torch.nn.functional.normalize(torch.tensor([[1.0, -2.0, 0.5]]), dim=-1)
    lengths = torch.tensor([0.0, 0.01, 0.1, 1.0, 10.0, 1e4]).unsqueeze(-1)
    found = bounded(lengths * direction, torch.full_like(lengths, 0.1), limit=4.0)
    torch.testing.assert_close(found[:, :3].norm(dim=-1), found[:, 3])
    torch.testing.assert_close(found[1:, :3] / found[1:, 3:], direction.expand(5, 3))
    assert (found[1:, 3] > found[:-1, 3]).all()
    assert (found[:, 3] < 4.0).all()
    torch.testing.assert_close(found[2, 3].item(), 1.0 / (1.0 + 1.0 / 4.0))  # one scale long
