"""Who does many files."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError
from occnet.pipeline.engine import Engine


@dataclass(frozen=True)
class Crew:
    """Who does many files."""

    workers: int = 1
    """of many files, so many at a time, each in a process (or a task of the cluster) of its own, which loads the model once"""
    engine: Engine = "processes"
    """where the workers are: processes on this machine, or a Ray cluster (pip install "occnet[ray]"), named by RAY_ADDRESS,
    which must see the files under the same names"""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise OccnetError(f"There must be at least 1 worker, but {self.workers} were asked for.")

    @property
    def apart(self) -> bool:
        """Whether the work is done in other processes than this."""
        return self.engine == "ray" or self.workers > 1
