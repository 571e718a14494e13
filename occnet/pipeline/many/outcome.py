"""What became of one file of many."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from occnet.geometry.soundness.certificate import Certificate
from occnet.pipeline.many.jobs import Job


@dataclass(frozen=True)
class Outcome:
    """What became of a job: it is done and has a certificate, or it was kept as it was, or it failed."""

    job: Job
    certificate: Certificate | None = None  # of the mesh that was written or checked
    seconds: dict[str, float] = field(default_factory=dict)  # by phase
    details: dict[str, Any] = field(default_factory=dict)  # what else is to be told of it, as plain values by their names
    error: str | None = None  # why it failed
    traceback: str = ""  # where, if that is a fault of this program
    kept: bool = False  # its result was there already, and nothing was done

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it: it did not fail, and what was made now bounds a solid."""
        return self.error is None and (self.certificate is None or self.certificate.ok)

    def as_plain(self) -> dict[str, Any]:
        """The outcome as values that JSON has; numbers that are not finite are None.

        "input" and "output" (None where nothing is written) come first, and then "error" alone, or "kept", or "solid",
        "certificate" (its fields, with "problems": name -> count), the details, and "seconds" by phase.
        """
        output = None if self.job.first is None else str(self.job.first)
        names = {"input": str(self.job.source), "output": output}
        if self.error is not None:
            return {**names, "error": self.error}
        if self.kept:
            return {**names, "kept": True}
        assert self.certificate is not None
        proof = {**asdict(self.certificate), "problems": self.certificate.problems}
        seconds = {phase: round(seconds, 3) for phase, seconds in self.seconds.items()}
        told = {**names, "solid": self.certificate.ok, "certificate": proof, **self.details, "seconds": seconds}
        return _plain(told)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
