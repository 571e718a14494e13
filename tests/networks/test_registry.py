"""Every encoder with every decoder: a network where the decoder reads the code, else one sentence that says why not."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from occnet.errors import RecipeError
from occnet.networks.registry import DECODERS, ENCODERS, build_network

SMALL_UNETS = {"code_channels": 8, "unet_channels": 8, "plane_resolution": 16, "grid_resolution": 16}
SMALL_POINTS = {
    "resolution": 16,
    "sparse_channels": [8, 8],
    "sparse_blocks": [1, 1],
    "dense_channels": [8, 16],
    "dense_blocks": [1, 1],
    "point_channels": 16,
    "pair_channels": 8,
}
SMALL_ENCODERS: dict[str, dict[str, Any]] = {
    "neighbourhood_grid": SMALL_POINTS,
    "residual_pointnet": {"hidden_channels": 16, "code_channels": 24},
    "pointnet": {"hidden_channels": 16, "code_channels": 24},
    "local_pointnet": SMALL_UNETS | {"features": ["xz", "xy", "yz", "grid"]},
    "resnet": {"code_channels": 24},
    "resnet_pixels": {},
    "voxel_convolutions": {"resolution": 16, "code_channels": 24},
    "local_voxels": SMALL_UNETS | {"features": ["xz", "xy", "yz", "grid"]},
    "voxel_surface": SMALL_POINTS,
    "index_embedding": {"shapes": 5, "code_channels": 24},
    "nothing": {},
}
CODES = {name: ENCODERS[name].code_kind for name in ENCODERS}
READ = {name: DECODERS[name].reads for name in DECODERS}
FITTING = [(encoder, decoder) for encoder, decoder in product(CODES, READ) if issubclass(CODES[encoder], READ[decoder])]


def observations(kind: str) -> Tensor:
    """Two of a kind; the voxels have as many faces, so that none of them need be repeated."""
    drawn = torch.Generator().manual_seed(0)
    grid = (torch.rand(16, 16, 16, generator=drawn) > 0.7).float()
    return {
        "points": torch.rand(2, 100, 3, generator=drawn) - 0.5,
        "image": torch.rand(2, 3, 64, 64, generator=drawn),
        "voxels": torch.stack([grid, grid.flip(0)]),
        "index": torch.tensor([4, 1]),
        "nothing": torch.zeros(2, 0),
    }[kind]


def recipe(encoder: str, decoder: str) -> dict[str, Any]:
    """Of a small network; one that reads nothing has a latent code."""
    tables: dict[str, Any] = {"encoder": {"name": encoder, **SMALL_ENCODERS[encoder]}, "decoder": {"name": decoder}}
    return tables | ({"latent": {"latent_channels": 4, "hidden_channels": 8}} if encoder == "nothing" else {})


def test_every_encoder_and_every_decoder_is_in_some_network() -> None:
    assert set(SMALL_ENCODERS) == set(ENCODERS)
    assert {encoder for encoder, _ in FITTING} == set(ENCODERS)
    assert {decoder for _, decoder in FITTING} == set(DECODERS)


@pytest.mark.parametrize(("encoder", "decoder"), FITTING)
def test_a_network_answers_one_logit_for_each_point_by_what_it_observes(encoder: str, decoder: str) -> None:
    torch.manual_seed(0)
    network = build_network(recipe(encoder, decoder))
    for parameter in network.parameters():
        if not parameter.any():  # layers that begin as zeros hide what is before them
            parameter.data += 0.05 * torch.randn_like(parameter)
    seen, points = observations(network.reads), torch.rand(2, 20, 3) - 0.5
    code = network.encoder(seen)
    assert isinstance(code, CODES[encoder])
    if isinstance(code, Tensor):
        assert code.shape == (2, network.encoder.code_channels["code"])
    logits = network(seen, points)
    assert logits.shape == (2, 20)
    assert logits.dtype == torch.float32
    assert torch.isfinite(logits).all()
    logits.square().mean().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in network.decoder.parameters() if weight.grad is not None)
    if encoder == "nothing":
        return
    assert any(weight.grad is not None and weight.grad.any() for weight in network.encoder.parameters())  # it is listened to
    network.eval()
    with torch.no_grad():
        both = network(seen, points)
        for number in range(2):  # bound to one observation, whatever else was in the batch
            torch.testing.assert_close(network.field(seen[number])(points[number]), both[number], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("encoder", "decoder"), sorted(set(product(CODES, READ)) - set(FITTING)))
def test_a_decoder_that_cannot_read_the_code_is_refused_with_both_names(encoder: str, decoder: str) -> None:
    with pytest.raises(RecipeError, match=f"The decoder {decoder} reads a .*, but the encoder {encoder} makes a ") as refused:
        build_network(recipe(encoder, decoder), "my.toml")
    assert "my.toml" in str(refused.value)


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(RecipeError, match="neither an encoder that reads something nor a table"):
        build_network({"encoder": {"name": "nothing"}, "decoder": {"name": "concatenation"}})
    with pytest.raises(RecipeError, match="needs an encoder with one code a shape"):
        build_network(
            {"encoder": {"name": "local_pointnet"}, "decoder": {"name": "local_features"}, "latent": {"latent_channels": 4}}
        )
    uneven = {"name": "local_pointnet", "plane_depth": 5, "plane_resolution": 40}
    with pytest.raises(RecipeError, match="depth 5 halves evenly"):
        build_network({"encoder": uneven, "decoder": {"name": "local_features"}})
    with pytest.raises(RecipeError, match="power of two"):
        build_network({"encoder": {"name": "voxel_convolutions", "resolution": 48}, "decoder": {"name": "concatenation"}})
    with pytest.raises(RecipeError, match="18, 34, 50"):
        build_network({"encoder": {"name": "resnet", "depth": 99}, "decoder": {"name": "concatenation"}})
    with pytest.raises(RecipeError, match="xz, xy, yz, grid"):
        build_network({"encoder": {"name": "local_pointnet", "features": ["zz"]}, "decoder": {"name": "local_features"}})
