"""The bridge from networks to fields, the symmetries that each network must have, and models on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from occnet.errors import ModelError, RecipeError
from occnet.networks.checkpoint import load_model, save_model
from occnet.networks.decoders.conditional_batch_norm import ConditionalBatchNormDecoder
from occnet.networks.decoders.nearest_points import NearestPointsDecoder
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
RECIPES = {
    "nearest_points": {
        "encoder": {"name": "neighbourhood_grid", **SMALL},
        "decoder": {"name": "nearest_points", "channels": 16, "pair_channels": 8, "heads": 4},
    },
    "grid_features": {"encoder": {"name": "neighbourhood_grid", **SMALL}, "decoder": {"name": "grid_features"}},
    "paper_2019": {
        "encoder": {"name": "residual_pointnet", "hidden_channels": 16, "code_channels": 24},
        "decoder": {"name": "conditional_batch_norm", "hidden_channels": 16},
    },
}


def network(name: str) -> OccupancyNetwork:
    torch.manual_seed(0)
    built = build_network(RECIPES[name])
    generator = torch.Generator().manual_seed(1)
    for parameter in built.parameters():  # move the zero-initialised layers away from zero
        parameter.data += 0.05 * torch.randn(parameter.shape, generator=generator)
    return built.eval()


@pytest.fixture(params=list(RECIPES))
def net(request: pytest.FixtureRequest) -> OccupancyNetwork:
    return network(request.param)


def cloud(count: int = 300, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(seed)) - 0.5


def test_the_order_of_the_points_does_not_matter(net: OccupancyNetwork) -> None:
    points, queries = cloud(), cloud(50, seed=1)
    shuffled = points[torch.randperm(len(points), generator=torch.Generator().manual_seed(2))]
    torch.testing.assert_close(net.field(points)(queries), net.field(shuffled)(queries), atol=1e-4, rtol=1e-4)


def test_a_field_equals_the_network_and_does_not_mix_queries(net: OccupancyNetwork) -> None:
    points, queries = cloud(), cloud(50, seed=1)
    with torch.no_grad():
        expected = net(points[None], queries[None])[0]
    field = net.field(points)
    torch.testing.assert_close(field(queries), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(torch.cat([field(queries[:7]), field(queries[7:])]), expected, atol=1e-4, rtol=1e-4)
    assert field(queries[:0]).shape == (0,)


def test_attention_equals_its_plain_form() -> None:
    """Values for each neighbour, then their weighted sum."""
    decoder = network("nearest_points").decoder
    assert isinstance(decoder, NearestPointsDecoder)
    pair = torch.rand(2, 5, 7, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        weight = decoder.score(pair).softmax(dim=2)
        value = decoder.value(pair).unflatten(-1, (4, -1))
        plain = (weight.unsqueeze(-1) * value).sum(dim=2).flatten(-2)
        torch.testing.assert_close(decoder._attended(pair), plain, atol=1e-6, rtol=1e-5)


def test_folded_norms_equal_the_plain_ones_with_any_statistics() -> None:
    net = network("paper_2019")
    generator = torch.Generator().manual_seed(3)
    for name, buffer in net.named_buffers():
        if buffer.is_floating_point():
            buffer.copy_(torch.rand(buffer.shape, generator=generator) + (0.5 if name.endswith("var") else 0.0))
    points, queries = cloud()[None], cloud(50, seed=1)[None]
    with torch.no_grad():
        code = net.encoder(points)
        assert isinstance(net.decoder, ConditionalBatchNormDecoder)
        torch.testing.assert_close(net.decoder.bind(code)(queries), net.decoder(queries, code), atol=1e-5, rtol=1e-5)


def test_a_field_has_gradients_in_the_points(net: OccupancyNetwork) -> None:
    field = net.field(cloud())
    queries = (0.7 * cloud(20, seed=3)).requires_grad_()
    (gradient,) = torch.autograd.grad(field(queries).sum(), queries)
    step = 1e-3 * torch.nn.functional.normalize(gradient, dim=-1)
    with torch.no_grad():
        rise = field(queries + 0.5 * step) - field(queries - 0.5 * step)
    agree = torch.corrcoef(torch.stack([rise, (gradient * step).sum(dim=-1)]))[0, 1]
    assert agree > 0.95  # short of 1 where a kink or a change of neighbours lies within the step


def test_models_come_back_from_disk(net: OccupancyNetwork, tmp_path: Path) -> None:
    save_model(tmp_path / "model", net)
    loaded = load_model(tmp_path / "model")
    points, queries = cloud(), cloud(50, seed=1)
    assert torch.equal(loaded.field(points)(queries), net.field(points)(queries))
    save_model(tmp_path / "half", net, half=True)
    torch.testing.assert_close(
        load_model(tmp_path / "half").field(points)(queries), net.field(points)(queries), atol=0.05, rtol=0.05
    )


def test_a_missing_or_damaged_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model nowhere"):
        load_model("nowhere")
    save_model(tmp_path, network("paper_2019"))
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="damaged"):
        load_model(tmp_path)


def test_wrong_recipes_say_what_is_right() -> None:
    with pytest.raises(RecipeError, match="residual_pointnet"):
        build_network({"encoder": {"name": "pointnett"}, "decoder": {"name": "nearest_points"}})
    with pytest.raises(RecipeError, match="reads a PointGridCode"):
        build_network({"encoder": {"name": "residual_pointnet"}, "decoder": {"name": "nearest_points"}})
    with pytest.raises(RecipeError, match="Unknown key widht"):
        build_network({"encoder": {"name": "residual_pointnet", "widht": 3}, "decoder": {"name": "conditional_batch_norm"}})


def test_normals_are_used_where_present_and_not_missed() -> None:
    plain = network("nearest_points")
    local = RECIPES["nearest_points"]
    reading = build_network({**local, "encoder": {**local["encoder"], "normals": True}}).eval()
    weights = {key: value for key, value in plain.state_dict().items() if not key.endswith("offset.weight")}
    for gather in ("local", "context"):
        key = f"encoder.{gather}.offset.weight"
        added = torch.randn(len(plain.state_dict()[key]), 4)
        weights[key] = torch.cat([plain.state_dict()[key], added], dim=1)
    reading.load_state_dict(weights)
    points, queries = cloud(), cloud(50, seed=1)
    normals = torch.nn.functional.normalize(points, dim=1)
    wanted = plain.field(points)(queries)
    torch.testing.assert_close(reading.field(points)(queries), wanted)
    torch.testing.assert_close(reading.field(torch.cat([points, 0 * points], dim=1))(queries), wanted)  # none known
    used = reading.field(torch.cat([points, normals], dim=1))(queries)
    assert (used - wanted).abs().max() > 1e-3
    with pytest.raises(ModelError, match=r"\(N, 3\)"):
        plain.field(torch.cat([points, normals], dim=1))


def test_a_wrong_observation_is_refused() -> None:
    with pytest.raises(ModelError, match=r"\(N, 3\)"):
        network("paper_2019").field(torch.zeros(10, 2))


def test_the_2019_network_has_the_papers_size() -> None:
    recipe = {"encoder": {"name": "residual_pointnet"}, "decoder": {"name": "conditional_batch_norm"}}
    total = sum(parameter.numel() for parameter in build_network(recipe).parameters())
    assert abs(total - 10.4e6) < 0.1e6


def test_clouds_and_queries_are_taken_as_lists_arrays_and_tensors(net: OccupancyNetwork) -> None:
    points, queries = cloud(), cloud(50, seed=1)
    expected = net.field(points)(queries)
    frozen = points.double().numpy()
    frozen.setflags(write=False)
    for given in (points.numpy(), points.tolist(), frozen, points.numpy()[::-1][::-1]):
        field = net.field(given)
        for asked in (queries, queries.numpy(), queries.double().numpy(), queries.tolist()):
            assert torch.equal(field(asked), expected)
    with pytest.raises(ModelError, match=r"\(N, 3\), but was given shape \(10, 2\)"):
        net.field(np.zeros((10, 2)))
    with pytest.raises(ModelError, match=r"not numbers in rows of one length"):
        net.field([[0.0, 0.0, 0.0], [1.0]])


def test_other_observations_are_taken_as_arrays_and_numbers() -> None:
    decoder = {"name": "concatenation", "hidden_channels": 16}
    queries, draw = cloud(50), np.random.default_rng(0)
    for encoder, observation in (
        (
            {"name": "voxel_convolutions", "resolution": 16, "first_channels": 4},
            draw.random((16,) * 3) > 0.5,
        ),
        ({"name": "resnet", "channels": 4, "image_size": 32}, draw.random((3, 32, 32))),
        ({"name": "index_embedding", "shapes": 4, "code_channels": 8}, 3),
    ):
        network = build_network({"encoder": encoder, "decoder": decoder}).eval()
        expected = network.field(torch.as_tensor(observation))(queries)
        assert torch.equal(network.field(observation)(queries), expected)


def test_the_points_of_a_known_shape_are_taken_as_arrays() -> None:
    recipe = {"encoder": {"name": "nothing"}, "decoder": {"name": "concatenation", "hidden_channels": 16}}
    network = build_network({**recipe, "latent": {"latent_channels": 4}}).eval()
    points = cloud()
    inside = points.norm(dim=1) < 0.4
    expected = network.posterior_code(points, inside)
    assert torch.equal(network.posterior_code(points.double().numpy(), inside.numpy()), expected)
    assert torch.equal(network.posterior_code(points.tolist(), inside.tolist()), expected)
