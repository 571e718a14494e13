"""The second pass: it starts without effect, reads what the first one sees, and is left out where normals are given."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from occnet.data.batches import Batch
from occnet.errors import RecipeError
from occnet.networks.encoders.neighbourhood_grid import NeighbourhoodGridConfig, NeighbourhoodGridEncoder, bounded_normals
from occnet.networks.losses.cross_entropy import orientation_error
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_loss, build_network
from occnet.networks.starting import start_from

SMALL = {
    "name": "neighbourhood_grid",
    "normals": True,
    "neighbours": 4,
    "point_channels": 8,
    "pair_channels": 8,
    "resolution": 16,
    "sparse_channels": [8],
    "sparse_blocks": [1],
    "dense_channels": [8],
    "dense_blocks": [1],
}


def network(passes: int, seed: int = 0) -> OccupancyNetwork:
    torch.manual_seed(seed)
    decoder = {"name": "nearest_points", "neighbours": 4, "pair_channels": 8, "channels": 8, "heads": 2}
    return build_network({"encoder": {**SMALL, "passes": passes}, "decoder": decoder})


def cloud(columns: int = 3) -> torch.Tensor:
    normals = F.normalize(torch.randn(2, 60, 3, generator=torch.Generator().manual_seed(0)), dim=-1)
    return torch.cat([0.4 * normals, normals], dim=-1)[..., :columns]


def test_a_network_that_goes_on_with_a_second_pass_answers_at_first_as_before() -> None:
    trained, grown = network(1, seed=1), network(2, seed=2)
    start_from(grown, trained, "before")
    points = torch.rand(2, 50, 3) - 0.5
    trained.eval()
    grown.eval()
    with torch.no_grad():
        torch.testing.assert_close(grown(cloud(), points), trained(cloud(), points))
    trained_twice = network(2)
    torch.nn.init.normal_(trained_twice.encoder.orientation.weight)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    with pytest.raises(RecipeError, match="orientation"):
        start_from(network(1), trained_twice, "two passes")


def test_the_second_pass_reads_the_normals_that_the_first_one_sees() -> None:
    encoder = network(2).encoder.eval()
    assert isinstance(encoder, NeighbourhoodGridEncoder)
    assert encoder.orientation is not None
    torch.nn.init.normal_(encoder.orientation.weight)
    with torch.no_grad():
        first = encoder.encoded(cloud(), cloud()[..., :0]).orientation
        assert first is not None
        by_hand = encoder(torch.cat([cloud(), bounded_normals(first)], dim=-1))
        twice = encoder(cloud())
        torch.testing.assert_close(twice.features, by_hand.features)
        torch.testing.assert_close(twice.grid, by_hand.grid)
        given = encoder(cloud(6))
        torch.testing.assert_close(given.features, encoder.encoded(cloud(), cloud(6)[..., 3:]).features)
    assert not torch.allclose(twice.features, encoder.encoded(cloud(), cloud()[..., :0]).features)


def test_in_training_one_pass_and_two_take_turns() -> None:
    encoder = network(2).encoder.train()
    torch.nn.init.normal_(encoder.orientation.weight)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    torch.manual_seed(0)
    kinds = {tuple(encoder(cloud()).features.detach().flatten()[:4].tolist()) for _ in range(20)}
    assert len(kinds) == 2


def test_normals_keep_their_length_up_to_one() -> None:
    lengths = bounded_normals(torch.tensor([[0.3, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0]])).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.tensor([0.3, 1.0, 0.0]))


def test_the_error_of_normals_is_least_for_their_mean_and_leaves_out_the_unknown() -> None:
    true = torch.tensor([[[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    assert float(orientation_error(torch.zeros(1, 3, 3), true)) == pytest.approx(1.0)
    assert float(orientation_error(torch.tensor([0.5, 0.0, 0.0]).expand(1, 3, 3), true)) == pytest.approx(1.25)
    assert float(orientation_error(true + torch.tensor([[[0.0], [0.0], [9.0]]]), true)) == 0.0


def test_the_normals_are_learned_from_those_of_the_scan() -> None:
    whole = network(2)
    batch = Batch(cloud(), torch.rand(2, 40, 3) - 0.5, torch.ones(2, 40), directions=cloud(6)[..., 3:])
    build_loss({})(whole, batch).backward()
    gradient = whole.encoder.orientation.weight.grad  # pyright: ignore[reportAttributeAccessIssue]
    assert gradient is not None
    assert float(gradient.abs().sum()) > 0.0  # pyright: ignore[reportCallIssue, reportArgumentType]


@pytest.mark.parametrize("wrong", [{"passes": 0}, {"passes": 3, "normals": True}, {"passes": 2}])
def test_passes_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="passes"):
        NeighbourhoodGridConfig(**wrong)
