"""What processes compute in, and the coming batches, which are the same by a thread and by worker processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch

from occnet.data.batches import Batch, ScanBatches
from occnet.data.procedural import ProceduralSplit
from occnet.data.scans import ScanConfig
from occnet.errors import ModelError, RecipeError
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


def test_samples_that_kill_their_worker_twice_end_the_training_with_a_word(tmp_path: Path) -> None:
    source = ScanBatches([Deadly(tmp_path / "died", always=True)], [1.0], 2, SCANS, seed=3)
    with pytest.raises(RecipeError, match=r"died twice over those of step 4, .* set workers under .* fewer than 1"):
        list(prefetched(source, [range(2)], 4, 9, workers=1))


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
    with launched("cpu", TrainingConfig()) as fabric, fabric.autocast():
        assert (product @ product).dtype == (torch.bfloat16 if narrow_is_fast else torch.float32)


def test_a_device_that_is_not_there_or_cannot_be_shared_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="abacus"), launched("abacus", TrainingConfig()):
        pass
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ModelError, match="give --device cpu instead of cpu:0"), launched("cpu:0", TrainingConfig()):
        pass


def test_processes_that_were_launched_part_again_and_those_of_the_caller_stay_together() -> None:
    ports = []
    with ExitStack() as open_ones:
        for _ in range(2):
            free = open_ones.enter_context(socket.socket())
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    script = (
        "import os, torch.distributed as group; from occnet.pipeline.train.processes import launched, TrainingConfig\n"
        "with launched('cpu', TrainingConfig(batch_size=2)): assert group.is_initialized()\n"
        "assert not group.is_initialized()\n"
        # by a port of its own: by that of before, a process could still find the other's store of before, which is given up
        f"group.init_process_group('gloo', 'tcp://127.0.0.1:{ports[1]}', rank=int(os.environ['RANK']), world_size=2)\n"
        "with launched('cpu', TrainingConfig(batch_size=2)): pass\n"
        "assert group.is_initialized(); group.barrier(); group.destroy_process_group()"
    )
    shared = {
        **os.environ,
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(ports[0]),
    }
    shared |= {"OMP_NUM_THREADS": "1", "TORCHELASTIC_RUN_ID": "test"}
    both = [
        subprocess.Popen([sys.executable, "-c", script], env={**shared, "RANK": rank, "LOCAL_RANK": rank})
        for rank in ("0", "1")
    ]
    assert [process.wait(120) for process in both] == [0, 0]
