"""Networks as fields of the extraction: what their cheap version changes, which is nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from occnet.geometry.certificate import certify
from occnet.meshing import ExtractionOptions, extract
from occnet.networks.devices import has_bfloat16
from occnet.networks.network_field import DenseNetworkField, NetworkField
from occnet.networks.registry import build_network

DECODERS = {
    "conditional_batch_norm": ("residual_pointnet", {"code_channels": 64, "hidden_channels": 64}, {"hidden_channels": 128}),
    "nearest_points": (
        "neighbourhood_grid",
        {"resolution": 16, "sparse_channels": (8, 8), "dense_channels": (8, 16), "dense_blocks": (1, 1)},
        {},
    ),
}


def bound(decoder: str) -> tuple[NetworkField, DenseNetworkField, float]:
    """The plain field of an untrained network, the same with a cheap version, and its median probability."""
    encoder, encoder_config, decoder_config = DECODERS[decoder]
    torch.manual_seed(0)
    network = build_network({"encoder": {"name": encoder, **encoder_config}, "decoder": {"name": decoder, **decoder_config}})
    for name, weight in network.named_parameters():
        if name.endswith("fc_1.weight"):  # zero at the start of a training
            torch.nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
    for buffer in network.buffers():
        if buffer.is_floating_point():
            buffer.normal_().abs_().add_(0.5)
    cloud = 0.4 * torch.nn.functional.normalize(torch.randn(300, 3), dim=1)
    plain = network.field(cloud)
    level = float(plain(torch.rand(1000, 3) - 0.5).median())
    with torch.no_grad():
        dense = DenseNetworkField(network.decoder.bind(network.code(cloud)), torch.device("cpu"))
    return plain, dense, 1.0 / (1.0 + math.exp(-level))


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_cheap_version_of_a_network_does_not_change_its_mesh(decoder: str):
    _, field, threshold = bound(decoder)
    plain, cheap = (
        extract(field, resolution=24, threshold=threshold, options=ExtractionOptions(start_cells=6, jump=2, coarse=coarse))
        for coarse in (False, True)
    )
    assert certify(cheap.mesh, examined_faces=0).ok
    assert (cheap.mesh.faces == plain.mesh.faces).all()
    np.testing.assert_allclose(cheap.mesh.vertices, plain.mesh.vertices, atol=2e-5)  # the vertices' tolerance
    exact = {phase: count for phase, count in cheap.evaluations.items() if not phase.endswith("coarse")}
    assert exact["vertices"] <= 1.01 * plain.evaluations["vertices"]
    assert sum(exact.values()) - exact["vertices"] < 0.8 * plain.grid_evaluations


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_band_of_a_cheap_version_holds_its_largest_error(decoder: str):
    plain, field, _ = bound(decoder)
    points = torch.rand(20_000, 3, generator=torch.Generator().manual_seed(1)) * 1.1 - 0.55
    errors = (field.coarse(points) - plain(points)).abs()
    assert 0.0 < float(errors.max()) < field.coarse_band < 20.0 * float(errors.max())


def test_a_cheap_version_is_offered_where_it_pays():
    assert not hasattr(bound("nearest_points")[0], "coarse")
    assert hasattr(bound("conditional_batch_norm")[0], "coarse") == has_bfloat16(torch.device("cpu"))
