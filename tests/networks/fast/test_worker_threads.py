"""Pieces in threads: the same answers, each thread computing alone, and nothing changed for the caller."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from occnet.networks.fast import worker_threads
from occnet.networks.fast.worker_threads import in_threads
from occnet.networks.network_field import NetworkField


@pytest.fixture
def three_threads(torch_threads: Callable[[int], None]) -> None:
    torch_threads(3)


@pytest.mark.usefixtures("three_threads")
def test_pieces_are_worked_off_in_order_by_threads_that_compute_alone() -> None:
    weight = torch.ones(1, requires_grad=True)
    seen = []

    def work(piece: torch.Tensor) -> torch.Tensor:
        seen.append((threading.current_thread().name, torch.get_num_threads(), torch.is_grad_enabled()))
        return piece * 2 * weight

    pieces = torch.arange(40.0).split(3)
    found = in_threads(work, pieces)
    assert torch.equal(torch.cat(found), 2 * torch.arange(40.0))
    assert all(name.startswith("occnet") and threads == 1 and not gradients for name, threads, gradients in seen)
    assert not found[0].requires_grad
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_threads_begun_later_are_as_they_would_have_been() -> None:
    def in_new_thread(work: Callable[[], object]) -> object:
        with ThreadPoolExecutor(1) as new:
            return new.submit(work).result()

    in_new_thread(lambda: torch.set_num_threads(2))  # what threads take over that are begun from now on
    worker_threads._pool.cache_clear()
    in_threads(torch.neg, torch.arange(4.0).split(1))
    assert in_new_thread(torch.get_num_threads) == 2
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_an_error_in_a_thread_reaches_the_caller() -> None:
    def work(piece: torch.Tensor) -> torch.Tensor:
        raise ValueError(f"piece {int(piece[0])}")

    with pytest.raises(ValueError, match="piece 0"):
        in_threads(work, torch.arange(4.0).split(1))


@pytest.mark.usefixtures("three_threads")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    in_threads(torch.neg, torch.ones(4).split(1))
    child = os.fork()
    if child == 0:
        os._exit(0 if len(in_threads(torch.neg, torch.ones(4).split(1))) == 4 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("count", [1, 1000, 5000, 20_000])
def test_a_field_is_the_same_with_threads_and_without(count: int, torch_threads: Callable[[int], None]) -> None:
    layer = torch.nn.Linear(3, 1)
    field = NetworkField(lambda points: layer(points).squeeze(-1).float(), torch.device("cpu"))
    points = torch.rand(count, 3, generator=torch.Generator().manual_seed(0))
    threaded = field(points)
    torch.set_num_threads(1)
    torch.testing.assert_close(threaded, field(points), atol=1e-6, rtol=0.0)
    gradient = torch.autograd.grad(field(points.requires_grad_()).sum(), points)[0]
    torch.testing.assert_close(gradient, layer.weight.detach().expand(count, 3))
