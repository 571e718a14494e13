"""The coming batches, which are the same by a thread and by worker processes, whatever becomes of these."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from occnet.data.batches import Batch, ScanBatches
from occnet.data.procedural import ProceduralSplit
from occnet.data.scans import ScanConfig
from occnet.errors import RecipeError
from occnet.pipeline.train.prefetching import prefetched

SCANS = ScanConfig(points_min=50, points_max=80, uniform_queries=32, near_queries=32)


class Missing(ProceduralSplit):
    """A split that loses its shapes."""

    def surface_of(self, *_: object) -> list:  # type: ignore[override]
        raise OSError("the shapes are gone")


def batches(split: ProceduralSplit) -> ScanBatches:
    return ScanBatches([split], [1.0], 2, SCANS, seed=3, distances=True)


def equal(one: Batch, other: Batch) -> bool:
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    return all(a is b is None or torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_each_step_comes_once_in_order_with_the_batches_of_its_number(workers: int) -> None:
    source = ScanBatches([ProceduralSplit("train")], [1.0], 2, SCANS, seed=3, distances=True)
    made = list(prefetched(source, [range(0, 1), range(1, 2)], 4, 9, workers))
    assert [step for step, _ in made] == [4, 5, 6, 7, 8]
    for step, parts in made:
        assert all(part.distances is not None for part in parts)  # which some losses are made of
        assert all(equal(part, source.batch(step, range(row, row + 1))) for row, part in enumerate(parts))


@pytest.mark.parametrize("workers", [0, 1])
def test_what_goes_wrong_in_a_worker_ends_the_training(workers: int) -> None:
    with pytest.raises(OSError, match="the shapes are gone"):
        list(prefetched(batches(Missing("train")), [range(2)], 0, 3, workers))


class Deadly(ProceduralSplit):
    """A split that ends the process that asks for its shapes: the first time, or always."""

    def __init__(self, mark: Path, always: bool) -> None:
        super().__init__("train")
        self.mark, self.always = mark, always

    def surface_of(self, *asked: Any) -> list:  # type: ignore[override]
        if self.always or not self.mark.exists():
            self.mark.touch()
            os._exit(1)
        return super().surface_of(*asked)


def test_a_worker_that_dies_is_replaced_once(tmp_path: Path) -> None:
    source = ScanBatches([Deadly(tmp_path / "died", always=False)], [1.0], 2, SCANS, seed=3)
    made = list(prefetched(source, [range(2)], 4, 9, workers=1))
    assert (tmp_path / "died").exists()
    assert [step for step, _ in made] == [4, 5, 6, 7, 8]
    assert all(equal(parts[0], source.batch(step)) for step, parts in made)


@pytest.mark.slow
def test_samples_that_kill_their_worker_twice_end_the_training_with_a_word(tmp_path: Path) -> None:
    source = ScanBatches([Deadly(tmp_path / "died", always=True)], [1.0], 2, SCANS, seed=3)
    with pytest.raises(RecipeError, match=r"died twice over those of step 4, .* set workers under .* fewer than 1"):
        list(prefetched(source, [range(2)], 4, 9, workers=1))


def test_no_steps_are_no_batches() -> None:
    assert list(prefetched(batches(ProceduralSplit("train")), [range(2)], 5, 5)) == []
