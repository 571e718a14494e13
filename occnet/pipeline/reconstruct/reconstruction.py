"""What the main job returns, and the clock of its phases."""

from __future__ import annotations

import time
from dataclasses import dataclass

from occnet.geometry.certificate import Certificate
from occnet.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A mesh, the proof that it is a solid, and how long each part took."""

    mesh: Mesh  # in the input's coordinates
    certificate: Certificate
    seconds: dict[str, float]  # by phase
    notes: tuple[str, ...] = ()  # sentences on what was noticed and assumed as the observation was read


class Stopwatch:
    """How long each phase took, in seconds by its name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._clock = time.perf_counter()

    def lap(self, phase: str) -> None:
        """A phase ends here."""
        now = time.perf_counter()
        self.seconds[phase], self._clock = now - self._clock, now
