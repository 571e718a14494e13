"""Phases are timed in their order, and told to whoever listens while they last."""

from __future__ import annotations

import time
from threading import Thread

from occnet.pipeline.phases import Stopwatch, announce, announce_share, listening


def test_each_phase_has_the_time_from_its_beginning_to_the_next() -> None:
    watch = Stopwatch()
    began = time.perf_counter()
    watch.begin("read")
    time.sleep(0.03)
    watch.begin("certify")
    watch.begin("read")
    time.sleep(0.02)
    seconds = watch.end()
    time.sleep(0.02)  # belongs to no phase
    assert list(seconds) == ["read", "certify"]
    assert 0.05 <= seconds["read"] <= time.perf_counter() - began - 0.02
    assert seconds["certify"] < seconds["read"]
    assert watch.end() == seconds


def test_a_listener_is_told_within_its_block_alone() -> None:
    told: list[str] = []
    with listening(told.append):
        Stopwatch().begin("read")
        inner: list[str] = []
        with listening(inner.append):
            announce("certify")
        thread = Thread(target=announce, args=("of another thread",))
        thread.start()
        thread.join()
        announce("write")
    announce("too late")
    assert told == ["read", "write"]
    assert inner == ["certify"]


def test_shares_are_told_to_whoever_measures_and_to_nobody_else():
    shares: list[float] = []
    announce_share(0.1)
    with listening(lambda _: None, shares.append):
        announce_share(0.5, "a part")
    with listening(lambda _: None):
        announce_share(0.7)
    assert shares == [0.5]
