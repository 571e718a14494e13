"""Work tells how far it is, ends when it is not wanted any more, and says how it ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from occnet.app.work import Work
from occnet.errors import OccnetError
from occnet.pipeline.phases import announce, announce_share
from occnet.viewer.layers import Points
from occnet.viewer.packing import Scene


def until(reached: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


def test_phases_shares_and_scenes_are_told_as_they_come():
    goes_on = threading.Event()

    def doing(work: Work) -> str:
        announce("dig")
        announce_share(0.25)
        work.show(Scene([Points("hole", np.zeros((1, 3)))]))
        goes_on.wait(10)
        return "gold"

    work = Work(doing, seen=3)
    until(lambda: work.seen == 4)
    assert (work.phase, work.share, work.ended) == ("dig", 0.25, False)
    assert b"hole" in work.scene
    goes_on.set()
    until(lambda: work.ended)
    assert (work.result, work.error) == ("gold", None)


def test_what_is_not_wanted_ends_where_it_next_says_how_far_it_is():
    def doing(_: Work) -> None:
        while True:
            announce_share(0.5)
            time.sleep(0.001)

    work = Work(doing)
    until(lambda: work.share is not None)
    work.cancel()
    assert work.ended
    assert work.result is None
    assert work.error is None


def test_work_waits_for_other_work_and_can_be_cancelled_while_it_does():
    goes_on = threading.Event()
    first = Work(lambda _: goes_on.wait(10))
    until(lambda: not first.ended and first._doing is not None)
    time.sleep(0.05)
    second, third = Work(lambda _: "third"), Work(lambda _: "third")
    second.cancel()
    assert second.ended
    assert second.result is None
    assert third.phase == "waiting for other work"
    goes_on.set()
    until(lambda: third.ended)
    assert third.result == "third"


def test_errors_are_told_and_faults_of_ours_are_not_hidden(capsys: pytest.CaptureFixture[str]):
    def fails(problem: Exception) -> Work:
        def doing(_: Work) -> None:
            raise problem

        work = Work(doing)
        until(lambda: work.ended)
        return work

    assert fails(OccnetError("No points.")).error == "No points."
    assert capsys.readouterr().err == ""
    assert fails(ZeroDivisionError("oh")).error == "A fault of the program: ZeroDivisionError: oh. The terminal tells more."
    assert "Traceback" in capsys.readouterr().err
