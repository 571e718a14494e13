"""The phases of a job: how long each took, and, for whoever listens, which one it has come to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)
_measure: ContextVar[Callable[[float], None] | None] = ContextVar("measure", default=None)


class Stopwatch:
    """How long each phase took, in seconds by its name. A phase ends where the next one begins; the last one by `end`."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._phase: str | None = None
        self._clock = 0.0

    def begin(self, phase: str) -> None:
        """The phase of that name begins here, which whoever listens is told; one that was there before goes on."""
        self.end()
        self._phase = phase
        announce(phase)

    def end(self) -> dict[str, float]:
        """The seconds of each phase, in their order; the one that was under way ends here."""
        now = time.perf_counter()
        if self._phase is not None:
            self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._clock
        self._phase, self._clock = None, now
        return dict(self._seconds)


def announce(phase: str) -> None:
    """Tell whoever listens that a phase begins."""
    tell = _listener.get()
    if tell is not None:
        tell(phase)


def announce_share(share: float, part: str = "") -> None:
    """Tell whoever listens what share of the phase is done, 0 to 1. part: of the phase, which nobody is told."""
    del part
    tell = _measure.get()
    if tell is not None:
        tell(share)


@contextmanager
def listening(tell: Callable[[str], None], measure: Callable[[float], None] | None = None) -> Iterator[None]:
    """Within, what is called from here tells the names of its phases as they begin; other threads and processes do not.

    measure: is told the shares done of phases that know them. What either raises ends the work.
    """
    tokens = _listener.set(tell), _measure.set(measure)
    try:
        yield
    finally:
        _listener.reset(tokens[0])
        _measure.reset(tokens[1])
