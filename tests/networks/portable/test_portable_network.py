"""What other programs are given equals the network that it comes from, for every encoder and decoder that has such a form."""

from __future__ import annotations

import pytest
import torch

from occnet.errors import ModelError
from occnet.networks.encoders.voxel_surface import VoxelSurfaceEncoder
from occnet.networks.layers.neighbours import PointIndex
from occnet.networks.layers.sparse_unet3d import SparseUNet3d
from occnet.networks.portable.plain_neighbours import PlainNeighbours
from occnet.networks.portable.portable_network import READABLE, portable, sample_observation
from occnet.networks.portable.rows_of_points import PortableUNet3d
from occnet.networks.registry import ENCODERS, build_network
from occnet.observations.voxels import voxel_faces
from tests.networks.small_networks import FITTING, observations, recipe

PORTABLE = [pair for pair in FITTING if ENCODERS[pair[0]].reads in READABLE]


@pytest.mark.parametrize(("encoder", "decoder"), PORTABLE)
def test_it_equals_the_network(encoder: str, decoder: str):
    torch.manual_seed(0)
    network = build_network(recipe(encoder, decoder)).eval().requires_grad_(False)
    for parameter in network.parameters():  # layers that begin at zero would hide what comes before them
        parameter.add_(0.02 * torch.randn_like(parameter))
    observation = observations(network.reads)[:1]
    queries = torch.rand(1, 50, 3) - 0.5
    if isinstance(network.encoder, VoxelSurfaceEncoder):  # of faces that lie equally far either may be the nearer one
        faces, normals = (part.unsqueeze(0) for part in voxel_faces(observation[0]))
        faces = faces + 1e-3 * torch.randn_like(faces)
        observation = torch.cat([faces, normals], dim=2)
        expected = network.decoder(queries, network.encoder.encoded(faces, normals))
    else:
        expected = network.decoder(queries, network.encoder(observation))
    encode, decode = portable(network)
    code = encode(observation)
    assert len(code) == len(encode.names)
    torch.testing.assert_close(decode(queries, *code), expected, atol=2e-4, rtol=1e-4)
    assert sample_observation(network).ndim == observation.ndim


def test_rows_of_points_are_the_sparse_unet():
    torch.manual_seed(0)
    unet = SparseUNet3d(16, [4, 6], [1, 2], [8, 8], [1, 1]).double().eval()
    for parameter in unet.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    points = 0.3 * torch.randn(1, 300, 3, dtype=torch.float64)  # several in a cell, some beyond the cube
    features = torch.randn(1, 300, 4, dtype=torch.float64)
    for found, expected in zip(PortableUNet3d(unet)(features, points), unet(features, points), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)  # it sums in float32


def test_plain_neighbours_are_those_of_the_tree():
    points, queries = torch.rand(1, 200, 3), torch.rand(1, 40, 3)
    assert torch.equal(PlainNeighbours(points).nearest(queries, 7), PointIndex(points).nearest(queries, 7))


def test_what_has_no_such_form_is_said():
    with pytest.raises(ModelError, match="this one draws new shapes"):
        portable(build_network(recipe("nothing", "batch_norm")))
    with pytest.raises(ModelError, match="this one reads index"):
        portable(build_network(recipe("index_embedding", "concatenation")))
