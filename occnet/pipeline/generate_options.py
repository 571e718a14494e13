"""How shapes are drawn from a generative model: what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError


@dataclass(frozen=True)
class GenerateOptions:
    """How shapes are drawn."""

    count: int = 1
    """how many shapes"""
    seed: int = 0
    """of the first shape; the next ones take the numbers after it, and a number is one shape on every machine"""
    towards: int | None = None
    """instead of shapes by themselves, count steps on the way from the first shape to the one of this seed"""
    resolution: int = 128
    """cells along the edge of the padded cube"""
    threshold: float | None = None
    """probability of being inside at the surface, instead of the model's own"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""

    def __post_init__(self) -> None:
        if self.count < 1 or self.resolution < 1:
            raise OccnetError(f"count and resolution must be at least 1, but are {self.count} and {self.resolution}.")
        if self.towards is not None and self.count < 2:
            raise OccnetError("The way from one shape to another has at least 2 steps; give a count of 2 or more.")
        if self.threshold is not None and not 0.0 < self.threshold < 1.0:
            raise OccnetError(f"The threshold is a probability between 0 and 1 (exclusive), but {self.threshold} was given.")
