"""Voxels read as the cloud of their faces: the faces are right, and the rest is the point-cloud encoder."""

from __future__ import annotations

import torch

from occnet.networks.encoders.voxel_surface import voxel_faces
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network

SMALL = {
    "resolution": 16,
    "sparse_channels": [8, 8],
    "sparse_blocks": [1, 1],
    "dense_channels": [8, 16],
    "dense_blocks": [1, 1],
    "point_channels": 16,
    "pair_channels": 8,
}


def ball(resolution: int, radius: float, center: float = 0.0) -> torch.Tensor:
    ticks = (torch.arange(resolution) + 0.5) / resolution - 0.5 - center
    return (torch.cartesian_prod(ticks, ticks, ticks).norm(dim=1) < radius).float().view((resolution,) * 3)


def test_faces_bound_the_occupied_volume() -> None:
    for grid in (ball(16, 0.4), torch.ones(4, 4, 4), (torch.rand(6, 6, 6) > 0.5).float()):
        points, normals = voxel_faces(grid)
        area = 1 / len(grid) ** 2
        volume = (points * normals).sum(dim=1).sum() * area / 3  # divergence theorem
        torch.testing.assert_close(volume, grid.mean())
        torch.testing.assert_close(normals.sum(dim=0), torch.zeros(3))  # a closed surface
        assert torch.equal(normals.abs().sum(dim=1), torch.ones(len(normals)))


def test_faces_of_one_voxel() -> None:
    grid = torch.zeros(4, 4, 4)
    grid[0, 1, 3] = 1.0
    points, normals = voxel_faces(grid)
    center = torch.tensor([0.5, 1.5, 3.5]) / 4 - 0.5
    torch.testing.assert_close(points, center + normals / 8)
    assert {tuple(row) for row in normals.tolist()} == {
        tuple(sign * float(axis == other) for other in range(3)) for axis in range(3) for sign in (1, -1)
    }


def networks() -> tuple[OccupancyNetwork, OccupancyNetwork]:
    """One that reads voxels, and the same that reads points with normals."""
    torch.manual_seed(0)
    decoder = {"name": "nearest_points", "channels": 16, "pair_channels": 8, "heads": 4}
    voxels = build_network({"encoder": {"name": "voxel_surface", **SMALL}, "decoder": decoder}).eval()
    points = build_network({"encoder": {"name": "neighbourhood_grid", "normals": True, **SMALL}, "decoder": decoder}).eval()
    for parameter in voxels.parameters():  # away from the zeros of the initialisation
        parameter.data += 0.05 * torch.randn(parameter.shape)
    points.load_state_dict(voxels.state_dict())
    return voxels, points


def test_the_network_is_that_of_points_at_the_faces() -> None:
    voxels, points = networks()
    grid = ball(16, 0.3, center=0.1)
    queries = torch.rand(64, 3) - 0.5
    expected = points.field(torch.cat(voxel_faces(grid), dim=1))(queries)
    torch.testing.assert_close(voxels.field(grid)(queries), expected)


@torch.no_grad()
def test_a_grid_is_read_alike_beside_others_with_more_faces() -> None:
    """Its faces are repeated until there are as many as the others have: that must not change what is near to what."""
    voxels, _ = networks()
    small = ball(16, 0.2, center=-0.2)
    twice = small.maximum(small.roll((8, 8, 8), (0, 1, 2)))
    uneven = ball(16, 0.3)
    faces = [len(voxel_faces(grid)[0]) for grid in (small, twice, uneven)]
    assert faces[1] == 2 * faces[0]
    assert faces[2] > faces[0]
    queries = torch.rand(64, 3) - 0.5
    alone = voxels.field(small)(queries)
    both = queries.expand(2, -1, -1)
    torch.testing.assert_close(voxels(torch.stack([small, twice]), both)[0], alone, atol=1e-5, rtol=1e-5)
    # where some faces are there once more than others, they count a little more in the mean of their cell
    assert (voxels(torch.stack([small, uneven]), both)[0] - alone).abs().max() < 0.05 * alone.std()


@torch.no_grad()
def test_a_grid_without_faces_is_read_beside_one_that_has_some() -> None:
    voxels, _ = networks()
    grid, queries = ball(16, 0.3, center=0.1), torch.rand(64, 3) - 0.5
    full, empty = voxels(torch.stack([grid, torch.zeros_like(grid)]), queries.expand(2, -1, -1))
    torch.testing.assert_close(full, voxels.field(grid)(queries), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(empty, voxels.field(torch.zeros_like(grid))(queries), atol=1e-5, rtol=1e-5)
