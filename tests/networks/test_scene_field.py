"""Scenes in crops: where the network sees no farther than the margin, crops and the whole agree; seams do not show."""

from __future__ import annotations

import pytest
import torch

from occnet.errors import ModelError
from occnet.networks.encoders.local_pointnet import LocalPointNet
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from occnet.networks.scene_field import SceneField


def network(resolution: int, padding: float, depth: int = 0) -> OccupancyNetwork:
    torch.manual_seed(0)
    recipe = {
        "encoder": {
            "name": "local_pointnet",
            "features": ["grid"],
            "grid_resolution": resolution,
            "grid_depth": depth,
            "hidden_channels": 8,
            "code_channels": 8,
            "unet_channels": 8,
            "padding": padding,
            "relative": True,
        },
        "decoder": {"name": "local_features", "hidden_channels": 8, "relative": True},
    }
    built = build_network(recipe)
    generator = torch.Generator().manual_seed(1)
    for parameter in built.parameters():
        parameter.data += 0.2 * torch.randn(parameter.shape, generator=generator)
    return built.eval()


def room(count: int = 3000) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(2)) * torch.tensor([7.0, 3.0, 2.0]) + 100.0


def test_crops_agree_with_a_larger_crop() -> None:
    """The same cells and weights over a cube twice as large: one grid of 32 and crops of 16 give the same logits."""
    small, large = network(16, 0.1), network(32, 0.1)
    large.load_state_dict(small.state_dict())
    encoder = small.encoder
    assert isinstance(encoder, LocalPointNet)
    points = room()
    edge, span = 2.0, encoder.layout.span
    scene = SceneField(small, points, crop_edge=edge, margin=4)
    cell = edge * span / 16
    # the large crop's cells must be those of the lattice of crops: its centre lies a whole number of cells from theirs
    center = scene.origin + 8 * cell
    whole = large.field(((points - center) / (2 * edge)).float())
    queries = center + (torch.rand(500, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64) - 0.5) * 12 * cell
    expected = whole(((queries - center) / (2 * edge)).float())
    torch.testing.assert_close(scene(queries), expected, atol=1e-3, rtol=1e-3)


def test_moving_the_scene_moves_the_field() -> None:
    net = network(16, 0.1, depth=3)
    points, shift = room(), torch.tensor([1000.0, -50.0, 7.0])
    queries = 100.0 + torch.rand(300, 3, generator=torch.Generator().manual_seed(4), dtype=torch.float64) * 2.0
    here = SceneField(net, points, crop_edge=2.0)(queries)
    there = SceneField(net, points.double() + shift, crop_edge=2.0)(queries + shift)
    assert here.std() > 1e-3
    torch.testing.assert_close(here, there, atol=1e-2, rtol=1e-2)


def test_where_nothing_was_seen_nothing_is_inside() -> None:
    scene = SceneField(network(16, 0.1), room(), crop_edge=2.0)
    assert (scene(torch.full((3, 3), 500.0)) < -10).all()
    low, high = scene.bounds
    assert (low < 100.1).all()
    assert (high > torch.tensor([106.9, 102.9, 101.9])).all()


def test_only_fully_convolutional_networks_read_scenes() -> None:
    plain = build_network({"encoder": {"name": "local_pointnet", "features": ["grid"]}, "decoder": {"name": "local_features"}})
    with pytest.raises(ModelError, match="relative = true"):
        SceneField(plain, room(), crop_edge=2.0)
