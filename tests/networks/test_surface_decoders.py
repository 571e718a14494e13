"""What draws surfaces: the forms of its answers, their topology, and that two shapes are learned and told apart by a code."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from occnet.data.batches import Batch
from occnet.errors import ModelError, RecipeError
from occnet.field import Box, Sphere
from occnet.geometry.soundness.certificate import certify
from occnet.networks.registry import SURFACE_DECODERS, build_loss, build_network
from occnet.networks.surface_network import SurfaceNetwork
from occnet.networks.surfaces import SurfaceBatch, edges_of, f_scores

SMALL = {
    "point_set": {"points": 256, "hidden_channels": 64},
    "template_mesh": {"subdivisions": 1, "stages": 3, "hidden_channels": 24},
    "surface_patches": {"patches": 6, "points": 5, "hidden_channels": 32},
}
VERTICES = {"point_set": 256, "template_mesh": 642, "surface_patches": 150}
EDGES = torch.tensor([0.9, 0.5, 0.4])


def tables(name: str) -> dict:
    encoder = {"name": "index_embedding", "shapes": 2, "code_channels": 16}
    return {"encoder": encoder, "decoder": {"name": name, **SMALL[name]}, "loss": {"name": "surface_distance", "points": 256}}


def network_of(name: str) -> SurfaceNetwork:
    recipe = tables(name)
    recipe.pop("loss")
    network = build_network(recipe)
    assert isinstance(network, SurfaceNetwork)
    return network


def true_surfaces(count: int, generator: torch.Generator) -> Tensor:
    """Points on a ball of radius 0.3 and on a box, each with normals: (2, count, 6)."""
    ball = torch.nn.functional.normalize(torch.randn(count, 3, generator=generator), dim=1)
    areas = torch.tensor([EDGES[1] * EDGES[2], EDGES[0] * EDGES[2], EDGES[0] * EDGES[1]])
    axis = torch.multinomial(areas, count, replacement=True, generator=generator)
    side = torch.randint(0, 2, (count,), generator=generator) * 2.0 - 1.0
    normals = torch.zeros(count, 3).scatter(1, axis.unsqueeze(1), side.unsqueeze(1))
    places = (torch.rand(count, 3, generator=generator) - 0.5) * EDGES
    places = torch.where(normals != 0, normals * EDGES / 2, places)
    return torch.stack([torch.cat([0.3 * ball, ball], dim=1), torch.cat([places, normals], dim=1)])


@pytest.mark.parametrize("name", SMALL)
def test_two_shapes_are_learned_and_told_apart(name: str) -> None:
    torch.manual_seed(0)
    network = network_of(name)
    loss = build_loss(tables(name))
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    generator = torch.Generator().manual_seed(0)
    numbers = torch.tensor([0, 1])
    for _ in range(120):
        batch = Batch(numbers, torch.zeros(2, 0, 3), torch.zeros(2, 0), surface=true_surfaces(256, generator))
        value = network.training_loss(loss, batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    network.eval()
    points, normals = network.surfaces(numbers)[-1].sampled(512)
    own = f_scores(points, true_surfaces(512, generator)[..., :3], 0.06)
    other = f_scores(points.flip(0), true_surfaces(512, generator)[..., :3], 0.06)
    assert own.min() > 0.75
    assert other.max() < own.min() - 0.2
    for number, field in enumerate((Sphere(0.3), Box(tuple(EDGES.tolist())))):  # pyright: ignore[reportArgumentType]
        assert field(points[number].detach()).abs().mean() < 0.03  # how far the points are from the surface itself
    mesh = network.mesh(1)
    assert len(mesh.vertices) == VERTICES[name]
    assert (len(mesh.faces) == 0) == (normals is None) == (name == "point_set")
    if network.encloses:
        assert certify(mesh, examined_faces=0).genus == 0
        assert mesh.volume == pytest.approx(math.prod(EDGES.tolist()), rel=0.1)


@pytest.mark.parametrize("name", SMALL)
def test_a_network_of_surfaces_says_that_it_has_no_field(name: str) -> None:
    network = network_of(name)
    with pytest.raises(ModelError, match=f"{name} draws a surface and has no field"):
        network.field(0)
    with pytest.raises(ModelError, match="no field"):
        network(torch.tensor([0]), torch.zeros(1, 4, 3))
    with pytest.raises(RecipeError, match="is for decoders of fields"):
        build_loss({**tables(name), "loss": {"name": "cross_entropy"}})
    with pytest.raises(RecipeError, match="is for decoders of surfaces"):
        build_loss({"loss": {"name": "surface_distance"}, "decoder": {"name": "voxel_grid"}})
    with pytest.raises(RecipeError, match="latent code needs a decoder of fields"):
        build_network({**tables(name), "latent": {"latent_channels": 4}})


def test_every_decoder_of_surfaces_is_tested_here() -> None:
    assert set(SMALL) == set(SURFACE_DECODERS)


def test_a_template_begins_as_nested_spheres_with_four_times_the_faces_each() -> None:
    torch.manual_seed(0)
    stages = network_of("template_mesh").surfaces(torch.tensor([0]))
    assert [stage.vertices.shape[1] for stage in stages] == [42, 162, 642]
    for coarse, fine in pairwise(stages):
        assert len(fine.faces) == 4 * len(coarse.faces)
    for stage in stages:
        assert stage.vertices.shape[1] - len(edges_of(stage.faces)) + len(stage.faces) == 2  # Euler: a sphere
        assert stage.mesh().volume > 0.9 * 0.1  # nearly the ball of radius 0.3, and wound outward


def test_points_are_drawn_by_area_with_the_normals_of_their_triangles() -> None:
    torch.manual_seed(0)
    corners = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 2.0], [3.0, 0, 0], [3, 3, 0], [0, 3, 1]]])
    faces = torch.tensor([[0, 1, 2], [0, 3, 1]])  # areas 1/2 and 1
    points, normals = SurfaceBatch(corners.requires_grad_(), faces).sampled(30_000)
    assert normals is not None
    assert (normals[0, :, 2] > 0.99).float().mean().item() == pytest.approx(1 / 3, abs=0.02)
    in_first = points[0][normals[0, :, 2] > 0.99]
    assert in_first[:, 2].abs().max() < 1e-6
    np.testing.assert_allclose(in_first.mean(dim=0).detach(), [1 / 3, 1 / 3, 0], atol=0.01)
    points.sum().backward()
    assert corners.grad is not None
    assert corners.grad[0, :4].any(dim=1).all()


def test_the_f_score_counts_the_points_within_reach_both_ways() -> None:
    line = torch.linspace(0, 1, 101)
    true = torch.stack([line, 0 * line, 0 * line], dim=1).unsqueeze(0)
    assert f_scores(true, true, 0.001).item() == 1.0
    assert f_scores(true[:, :51], true, 0.001).item() == pytest.approx(2 * 0.505 / 1.505, abs=0.01)
    assert f_scores(true + 1.0, true, 0.1).item() == 0.0
