"""A network that sees a ball in everything: for tests of what happens around a network."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.data.samples import Reader
from occnet.field import Field, Sphere


class SphereModel:
    """Stands in for a network that recognises a ball in whatever it sees; keeps what it was shown, and counts it."""

    reads = "points"
    threshold = 0.5
    adaptive = False
    reader = Reader("points", local=True)

    def __init__(self, radius: float = 0.5) -> None:
        self.radius = radius
        self.seen = torch.empty(0)
        self.encoded = 0

    def field(self, observation: Tensor) -> Field:
        self.seen = observation
        self.encoded += 1
        return Sphere(self.radius)
