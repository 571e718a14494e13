"""Every encoder with every decoder: a network where the decoder reads the code, else one sentence that says why not."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor

from occnet.errors import RecipeError
from occnet.networks.registry import DECODERS, ENCODERS, build_network
from tests.networks.small_networks import CODES, FITTING, READ, SMALL_ENCODERS, observations, recipe


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
