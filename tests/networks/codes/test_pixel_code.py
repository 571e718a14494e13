"""Where points are seen in a picture, against a pinhole camera; the decoder of pictures bound and not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from occnet.data.batches import Batch
from occnet.errors import RecipeError
from occnet.networks.codes.pixel_code import VIEW_CHANNELS, PixelCode, seen_at
from occnet.networks.losses.cross_entropy import CrossEntropy, CrossEntropyConfig
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network

RECIPE = {
    "encoder": {"name": "resnet_pixels", "channels": 8, "code_channels": 16, "image_size": 64, "map_channels": 8},
    "decoder": {"name": "pixel_features", "hidden_channels": 16},
}


def network() -> OccupancyNetwork:
    torch.manual_seed(0)
    built = build_network(RECIPE)
    for parameter in built.parameters():  # the zeros that it starts with would hide what is not added
        parameter.data += 0.02 * torch.randn_like(parameter)
    return built.eval()


def test_points_are_seen_where_a_pinhole_camera_puts_them():
    elevation, distance, focal = math.radians(27.5), 1.0 / 0.45, 3.0
    camera = distance * np.array([0.0, math.sin(elevation), math.cos(elevation)])
    back = camera / distance
    right = np.array([1.0, 0.0, 0.0])
    up = np.cross(back, right)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (200, 3))
    depth = distance - points @ back
    truth = np.stack([focal * points @ right / depth, -focal * points @ up / depth], axis=1)
    view = torch.zeros(1, VIEW_CHANNELS)
    view[0, 0] = math.log(focal / distance) - 0.47
    found = seen_at(torch.from_numpy(points)[None], view.double())[0].numpy()
    assert np.abs(found - truth).max() < 2e-3  # 27.5 degrees are 0.48 radians, rounded
    moved = seen_at(torch.from_numpy(points)[None], view.double() + torch.tensor([0.0, 0.1, -0.2, 0.0, 0.0]))[0].numpy()
    assert np.allclose(moved - found, [0.1, -0.2])


def test_the_camera_stands_where_all_that_it_sees_at_one_place_meets():
    code = PixelCode(torch.zeros(1, 1), torch.zeros(1, 1, 1, 1), torch.tensor([[0.1, 0.2, -0.1, 0.3, 0.2]]))
    points = torch.rand(1, 30, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    nearer = points + 0.3 * (code.camera()[:, None] - points)
    assert torch.allclose(code.seen(nearer), code.seen(points), atol=1e-4)


def test_a_feature_is_read_where_its_point_is_seen():
    places = torch.linspace(-1 + 1 / 32, 1 - 1 / 32, 32)  # centres of the pixels
    down, right = torch.meshgrid(places, places, indexing="ij")
    code = PixelCode(torch.zeros(1, 1), torch.stack([right, down])[None], torch.zeros(1, VIEW_CHANNELS))
    points = torch.rand(1, 500, 3) * 0.6 - 0.3
    assert torch.allclose(code.at(points), seen_at(points, code.view), atol=1e-5)


@torch.no_grad()
def test_the_bound_decoder_is_the_plain_one():
    built = network()
    points, code = torch.rand(1, 300, 3) - 0.5, built.code(torch.rand(3, 64, 64))
    plain = built.decoder(points, code)
    assert plain.std() > 0.01
    assert torch.allclose(built.decoder.bind(code)(points), plain, atol=1e-5)


def test_the_view_is_learned_from_where_points_are_seen():
    torch.manual_seed(0)
    built = build_network(RECIPE)
    images, points = torch.rand(2, 3, 64, 64), torch.rand(2, 100, 3) - 0.5
    view = torch.tensor([[0.2, 0.1, -0.1, 0.1, 0.2], [-0.2, 0.0, 0.1, -0.1, -0.2]])
    places, inside = seen_at(points, view), (points.norm(dim=-1) < 0.4).float()
    optimizer = torch.optim.Adam(built.parameters(), 1e-3)
    before = (built.encoder(images).seen(points) - places).abs().mean()
    for _ in range(60):
        optimizer.zero_grad()
        CrossEntropy(CrossEntropyConfig())(built, Batch(images, points, inside, places)).backward()
        optimizer.step()
    after = (built.encoder(images).seen(points) - places).abs().mean()
    assert after < 0.3 * before


def test_only_what_the_viewer_sees_has_pixels():
    with pytest.raises(RecipeError, match="viewer_centred cannot be false"):
        build_network({**RECIPE, "encoder": {**RECIPE["encoder"], "viewer_centred": False}})
