"""Overlapping boxes equal those of a comparison of all with all, of one set with itself and of two sets."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from occnet.geometry.soundness.box_pairs import BoxTree, overlapping_pairs

Boxes = tuple[NDArray[np.float64], NDArray[np.float64]]


def boxes(count: int, seed: int, size: float = 0.2) -> Boxes:
    """Low and high corners on a coarse grid, so that many only touch, (3, N) each."""
    generator = np.random.default_rng(seed)
    low = np.round(generator.random((3, count)), 1)
    return low, low + np.round(size * generator.random((3, count)), 1)


def all_pairs(one: Boxes, other: Boxes) -> set[tuple[int, int]]:
    (low, high), (lows, highs) = one, other
    meet = np.all((low[:, :, None] <= highs[:, None]) & (lows[:, None] <= high[:, :, None]), axis=0)
    return {(first, second) for first, second in np.argwhere(meet).tolist()}


def found(one: BoxTree, other: BoxTree) -> list[tuple[int, int]]:
    return [
        pair for first, second in overlapping_pairs(one, other) for pair in zip(first.tolist(), second.tolist(), strict=True)
    ]


@pytest.mark.parametrize("counts", [(1, 1), (1, 50), (50, 1), (2, 3), (33, 100), (128, 128), (97, 5)])
def test_pairs_of_two_sets_are_those_of_all_with_all_each_once(counts: tuple[int, int]):
    one, other = boxes(counts[0], 1), boxes(counts[1], 2)
    pairs = found(BoxTree(*one), BoxTree(*other))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == all_pairs(one, other)


@pytest.mark.parametrize("count", [1, 2, 3, 31, 32, 33, 200])
def test_pairs_of_a_set_with_itself_come_once_and_without_a_box_with_itself(count: int):
    one = boxes(count, 3)
    tree = BoxTree(*one)
    pairs = found(tree, tree)
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(first, second) for first, second in all_pairs(one, one) if first < second}


def test_none_overlaps_with_nothing():
    nothing = BoxTree(np.zeros((3, 0)), np.zeros((3, 0)))
    some = BoxTree(*boxes(5, 0))
    assert found(nothing, some) == found(some, nothing) == found(nothing, nothing) == []


def test_many_pairs_come_in_parts(monkeypatch: pytest.MonkeyPatch):
    one = boxes(60, 4, size=0.6)
    monkeypatch.setattr("occnet.geometry.soundness.box_pairs.PAIRS", 7)
    tree = BoxTree(*one)
    parts = [len(first) for first, _ in overlapping_pairs(tree, tree)]
    assert max(parts) < 100 < sum(parts)
    assert set(found(tree, tree)) == {(first, second) for first, second in all_pairs(one, one) if first < second}
