"""How far an extraction is, told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Called with the share of the work done (0..1, never falling) and the phase; an exception raised in it ends the extraction."""


class ProgressReport:
    """Turns points evaluated into shares of the whole: each phase ends at a share known beforehand, its length is estimated."""

    def __init__(self, callback: Progress | None) -> None:
        self.callback = callback
        self.name, self.start, self.end = "", 0.0, 0.0
        self.expected, self.done = 1, 0

    def phase(self, name: str, until: float, expected: int = 1) -> None:
        """End the last phase and begin one that takes the work to a share of the whole with about so many evaluations."""
        self.start, self.end = self.end, until
        self.name, self.expected, self.done = name, max(expected, 1), 0
        self._tell(self.start)

    def advance(self, count: int) -> None:
        """Points that were evaluated in this phase."""
        self.done += count
        self._tell(self.start + (self.end - self.start) * min(1.0, self.done / self.expected))

    def _tell(self, share: float) -> None:
        if self.callback is not None:
            self.callback(share, self.name)
