"""Work that takes time, in a thread of its own: how far it is, what there is to see of it, how it ended."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from occnet.errors import OccnetError, plainly
from occnet.pipeline.phases import listening
from occnet.viewer.packing import Scene, packed

_ONE_AT_A_TIME = threading.Lock()  # two at once would both be slower, and take twice the memory
_GLANCE = 0.1  # seconds after which work that waits looks whether it is still wanted


class Cancelled(Exception):
    """The work is wanted no more."""


class Work:
    """A thread that does something; its attributes may be read from others at any time.

    phase, share: what it is at, and how much of that is done, 0 to 1 or None. scene, seen: what is to be seen so far, packed,
    and the number of it. ended: whether it has; then result or error, a sentence, says how, unless it was cancelled.
    """

    def __init__(self, doing: Callable[[Work], Any], scene: bytes = b"", seen: int = 0) -> None:
        self.phase, self.share, self.ended = "waiting for other work", None, False
        self.scene, self.seen = scene, seen
        self.result: Any = None
        self.error: str | None = None
        self._doing, self._unwanted = doing, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End it where it next says how far it is, and wait until it has."""
        self._unwanted.set()
        self._thread.join()

    def show(self, scene: Scene) -> None:
        """Let this be seen."""
        self._check()
        self.scene, self.seen = packed(scene), self.seen + 1

    def begin(self, phase: str) -> None:
        """Say what it is at now."""
        self._check()
        self.phase, self.share = phase, None

    def _measure(self, share: float) -> None:
        self._check()
        self.share = share

    def _check(self) -> None:
        if self._unwanted.is_set():
            raise Cancelled

    def _run(self) -> None:
        try:
            while not _ONE_AT_A_TIME.acquire(timeout=_GLANCE):
                self._check()
            try:
                with listening(self.begin, self._measure):
                    self.result = self._doing(self)
            finally:
                _ONE_AT_A_TIME.release()
        except Cancelled:
            pass
        except OccnetError as problem:
            self.error = str(problem)
        except Exception as problem:  # of ours: the page says so, the terminal where
            traceback.print_exc()
            self.error = f"A fault of the program: {type(problem).__name__}: {plainly(problem)}. The terminal tells more."
        finally:
            self.ended = True
