"""Normals of a cloud: they stay with their points through sampling, cleaning and framing, and are never needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import occnet
from occnet.errors import CloudError
from occnet.files import Cloud, read_cloud, write_cloud
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from occnet.observations.interface import Observation
from occnet.observations.points import observed_cloud
from occnet.observations.reading_options import CloudReading


@pytest.fixture(scope="module")
def network() -> OccupancyNetwork:
    return build(normals=True)


def build(normals: bool) -> OccupancyNetwork:
    """A small network with random weights, whose logits change their sign where points are."""
    torch.manual_seed(0)
    small = {"resolution": 16, "sparse_channels": [8], "sparse_blocks": [1], "dense_channels": [8, 8], "dense_blocks": [1, 1]}
    built = build_network(
        {
            "encoder": {"name": "neighbourhood_grid", "point_channels": 16, "pair_channels": 8, "normals": normals, **small},
            "decoder": {"name": "nearest_points", "channels": 16, "pair_channels": 8, "heads": 4},
        }
    )
    generator = torch.Generator().manual_seed(1)
    for parameter in built.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=generator)
    return built.eval()


def ball(count: int) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def observed(network: OccupancyNetwork, points: np.ndarray, normals: np.ndarray | None, **reading: Any) -> Observation:
    return observed_cloud(Cloud(points, normals), network.reader, CloudReading(**reading))


def directions_of(sample: torch.Tensor) -> torch.Tensor:
    """The normals that belong to a sample of points of a ball: those away from its middle."""
    return torch.nn.functional.normalize(sample[:, :3], dim=1)


@pytest.mark.parametrize("count", [500, 25_000])
def test_normals_stay_with_their_points(network: OccupancyNetwork, count: int) -> None:
    points = np.concatenate([ball(count), [[90.0, 0.0, 0.0], [0.0, -80.0, 0.0], [np.nan, 0.0, 0.0]]])
    normals = np.concatenate([7.0 * ball(count), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    shuffle = np.random.default_rng(1).permutation(len(points))
    seen = observed(network, points[shuffle], normals[shuffle])
    assert seen.cloud is not None
    assert len(seen.cloud) == count  # without the two strays and the invalid point
    for sample, _ in seen.readings:
        torch.testing.assert_close(sample[:, 3:], directions_of(sample), atol=2e-2, rtol=0)


@pytest.mark.parametrize(("scale", "shift"), [(1e3, -1e5), (1e-3, 7.0), (-1.0, 0.0)])
def test_scaled_moved_or_turned_over_they_say_the_same(network: OccupancyNetwork, scale: float, shift: float) -> None:
    """A negative scale leaves the points of this symmetric cloud in place, but turns its normals inward."""
    half = ball(300)
    points = np.concatenate([half, -half])
    wanted = observed(network, points, points).readings[0][0]
    found = observed(network, points * abs(scale) + shift, points * scale).readings[0][0]
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_unknown_rows_are_zero_and_without_any_known_the_cloud_is_as_without(network: OccupancyNetwork) -> None:
    points = ball(400)
    normals = points.copy()
    normals[:100], normals[100] = 0.0, np.nan
    sample = observed(network, points, normals).readings[0][0]
    assert not sample[:101, 3:].any()
    torch.testing.assert_close(sample[101:, 3:], directions_of(sample[101:]), atol=2e-2, rtol=0)
    plain = observed(network, points, None).readings[0][0]
    for same in (
        observed(network, points, np.zeros_like(points)),
        observed(network, points, normals, ignore_normals=True),
        observed(build(normals=False), points, normals),
    ):
        assert torch.equal(same.readings[0][0], plain)
    with pytest.raises(CloudError, match=r"normals must have shape \(400, 3\)"):
        occnet.reconstruct(Cloud(points, normals[:7]), model=network)


def test_the_network_makes_use_of_them(network: OccupancyNetwork, tmp_path: Path) -> None:
    points = ball(400)
    write_cloud(tmp_path / "a.ply", Cloud(points, points))
    queries = torch.rand(200, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    used, unused = (
        network.field(
            observed_cloud(read_cloud(tmp_path / "a.ply"), network.reader, CloudReading(ignore_normals=ignored)).readings[0][0]
        )(queries)
        for ignored in (False, True)
    )
    plain = network.field(observed(network, points, None).readings[0][0])(queries)
    torch.testing.assert_close(unused, plain)
    assert (used - plain).abs().max() > 1e-2
