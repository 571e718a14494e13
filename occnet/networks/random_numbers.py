"""Random numbers of torch, drawn without a trace in those of the caller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def own_random_numbers() -> Iterator[None]:
    """Let the block seed torch's generators and draw from them; afterwards they go on as if it had not been.

    Networks are made with random weights by the generators that a process has one of each, and those belong to the caller.
    torch.random.fork_rng would do for the CPU; with accelerators it has to be told their kind, and starts them up.
    """
    state = torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    try:
        yield
    finally:
        torch.set_rng_state(state)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        elif torch.cuda.is_available():
            torch.cuda.manual_seed_all(torch.initial_seed())  # as it starts where nothing but the caller's seed came before
        if mps is not None:
            torch.mps.set_rng_state(mps)
