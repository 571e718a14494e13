"""The lattice of tiles: it covers the box, its weights add up to one, and none counts at its own side."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from occnet.observations.tiles import Tiles

BOX = torch.tensor([[-0.5, -0.2, 0.1], [0.5, 0.31, 0.15]])


def weights(tiles: Tiles, places: Tensor) -> Tensor:
    """The weight of each tile at each place, (N, tiles)."""
    result = torch.zeros(len(places), math.prod(tiles.counts))
    for tile, indices, weight in tiles.covering(places):
        assert not result[indices, tile].any()  # each place once
        result[indices, tile] = weight
    return result


@pytest.mark.parametrize("longest", [1, 2, 3, 7])
def test_the_weights_add_up_to_one_everywhere(longest: int) -> None:
    tiles = Tiles.over(BOX, longest)
    places = (torch.rand(4000, 3, generator=torch.Generator().manual_seed(0)) - 0.5) * 3.0
    torch.testing.assert_close(weights(tiles, places).sum(dim=1), torch.ones(len(places)))


@pytest.mark.parametrize("longest", [2, 3, 7])
def test_a_tile_counts_within_its_unit_cube_only(longest: int) -> None:
    tiles = Tiles.over(BOX, longest)
    low, high = BOX
    places = low + torch.rand(4000, 3, generator=torch.Generator().manual_seed(1)) * (high - low)
    assert max(tiles.counts) == longest
    for tile, indices, weight in tiles.covering(places):
        unit = tiles.to_unit(places[indices], tile)
        torch.testing.assert_close(tiles.to_scene(unit, tile), places[indices], atol=1e-6, rtol=0)
        assert (unit.abs() <= 0.5 + 1e-5).all()
        assert (weight > 0).all()
    sizes = tiles.edge * (1.0 + 0.75 * (torch.tensor(tiles.counts) - 1.0))
    assert (sizes >= high - low - 1e-5).all()  # they cover the box
    assert (sizes - (high - low) < tiles.edge + 1e-5).all()  # and no more of them than are needed


def test_the_weights_are_smooth() -> None:
    """Steps of a thousandth of a tile change a weight by little, and half of the step by half of that."""
    tiles = Tiles.over(BOX, 3)
    direction = torch.tensor([0.6, 0.53, 0.6]) * tiles.edge
    start = torch.tensor([-0.5, -0.2, 0.1])
    changes = []
    for step in (2e-3, 1e-3):
        along = start + torch.arange(0.0, 2.0, step)[:, None] * direction
        changes.append(float(weights(tiles, along).diff(dim=0).abs().max()))
    assert changes[0] < 0.02
    assert changes[1] == pytest.approx(changes[0] / 2, rel=0.05)


def test_one_tile_is_the_whole_box() -> None:
    tiles = Tiles.over(BOX, 1)
    assert (tiles.counts, tiles.edge) == ((1, 1, 1), pytest.approx(1.0))
    torch.testing.assert_close(tiles.to_unit(BOX.mean(dim=0, keepdim=True), 0), torch.zeros(1, 3), atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match="at least 1"):
        Tiles.over(BOX, 0)
