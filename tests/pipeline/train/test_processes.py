"""What processes compute in, and the coming batches, which are the same by a thread and by worker processes."""

from __future__ import annotations

import pytest
import torch

from occnet.data.batches import Batch, ScanBatches
from occnet.data.procedural import ProceduralSplit
from occnet.data.scans import ScanConfig
from occnet.errors import ModelError
from occnet.pipeline.train import processes
from occnet.pipeline.train.config import TrainingConfig
from occnet.pipeline.train.processes import launched, precision_of, prefetched

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


@pytest.mark.parametrize("workers", [0, 2])
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


def test_no_steps_are_no_batches() -> None:
    assert list(prefetched(batches(ProceduralSplit("train")), [range(2)], 5, 5)) == []


@pytest.mark.parametrize(("narrow_is_fast", "precision"), [(True, "bf16-mixed"), (False, "32-true")])
def test_the_precision_is_the_fastest_unless_the_recipe_names_one(
    narrow_is_fast: bool, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "has_bfloat16", lambda _: narrow_is_fast)
    assert precision_of(TrainingConfig(), torch.device("cpu")) == precision
    assert precision_of(TrainingConfig(precision="16-mixed"), torch.device("cpu")) == "16-mixed"
    product = torch.ones(2, 2, requires_grad=True)
    with launched("cpu", TrainingConfig()).autocast():
        assert (product @ product).dtype == (torch.bfloat16 if narrow_is_fast else torch.float32)


def test_a_device_that_is_not_there_or_cannot_be_shared_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="abacus"):
        launched("abacus", TrainingConfig())
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ModelError, match="give --device cpu instead of cpu:0"):
        launched("cpu:0", TrainingConfig())
