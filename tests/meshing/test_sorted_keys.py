"""Sorted keys answer by their bits as by halving, and unions are sorted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.meshing.sorted_keys import SortedKeys, union


def drawn(count: int, low: int, high: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.unique(np.random.default_rng(seed).integers(low, high, count)))


@pytest.mark.parametrize(("low", "high"), [(0, 64), (5, 1000), (2**40 - 77, 2**40 + 30_000), (0, 2**50)])
@pytest.mark.parametrize("often", [1, 3])
def test_answers_are_those_of_a_search_however_much_is_asked(low: int, high: int, often: int) -> None:
    """Of few answers by halving, of many by bits, and of a range too wide for bits always by halving."""
    order = SortedKeys(keys := drawn(3000, low, high, 0))
    there = keys[torch.from_numpy(np.random.default_rng(1).integers(len(keys), size=(2, 4000)))]
    wanted = torch.cat([keys, drawn(50_000, max(0, low - 500), high + 500, 2), torch.tensor([-1, -(2**60), 2**61])])
    for _ in range(often):
        assert torch.equal(order.places(there), torch.searchsorted(keys, there))
        assert torch.equal(order.contain(wanted), torch.isin(wanted, keys))
        assert torch.equal(order.contain(wanted[:3]), torch.isin(wanted[:3], keys))


def test_no_keys_and_no_wanted_keys() -> None:
    none = torch.empty(0, dtype=torch.int64)
    assert SortedKeys(none).contain(torch.tensor([[3, 4]])).tolist() == [[False, False]]
    assert SortedKeys(torch.tensor([7])).places(none).tolist() == []
    assert union([none, none]).tolist() == []


def test_a_union_is_sorted_and_has_each_key_once() -> None:
    runs = [drawn(500, 0, 900, seed) for seed in range(4)]
    assert torch.equal(union(runs), torch.unique(torch.cat(runs)))
