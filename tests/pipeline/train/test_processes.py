"""What processes compute in, and how those that torchrun started find each other and part."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest
import torch

from occnet.errors import ModelError
from occnet.pipeline.train import processes
from occnet.pipeline.train.config import TrainingConfig
from occnet.pipeline.train.processes import launched, precision_of


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


@pytest.mark.slow
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
