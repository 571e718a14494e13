"""Voxels of a code: each point has the logit of its voxel in training, and one between the centres in evaluation."""

from __future__ import annotations

import pytest
import torch

from occnet.cube import PADDED_HALF
from occnet.networks.decoders.voxel_grid import VoxelGridConfig, VoxelGridDecoder


@pytest.fixture
def decoder() -> VoxelGridDecoder:
    torch.manual_seed(0)
    return VoxelGridDecoder(VoxelGridConfig(resolution=8, hidden_channels=16), {"code": 4})


def test_a_point_has_the_logit_of_its_voxel_in_training(decoder: VoxelGridDecoder) -> None:
    decoder.train()
    code = torch.randn(2, 4)
    grid = decoder.grid(code)
    assert grid.shape == (2, 8, 8, 8)
    place = torch.tensor([[1, 2, 3], [0, 7, 4]])
    points = (place + 0.5) / 8 - 0.5 + 0.06 * (torch.rand(2, 3) - 0.5)
    logits = decoder(points.expand(2, -1, -1), code)
    for row in range(2):
        torch.testing.assert_close(logits[row], grid[row][tuple(place.T)])


def test_between_two_centres_lies_their_mean_in_evaluation_and_beyond_the_cube_is_empty(decoder: VoxelGridDecoder) -> None:
    decoder.eval()
    code = torch.randn(1, 4)
    grid = decoder.grid(code)[0]
    middle = torch.tensor([[[1.0 / 8, 0.5 / 8, 0.5 / 8]]])  # between voxels 4 and 5 along x
    torch.testing.assert_close(decoder.bind(code)(middle), grid[4:6, 4, 4].mean().view(1, 1))
    corner = torch.full((1, 1, 3), PADDED_HALF)
    assert decoder(corner, code) < -5
    with pytest.raises(ValueError, match="power of two"):
        VoxelGridConfig(resolution=24)
