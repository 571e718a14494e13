"""The field of a thing that stands on a ground: outside below it, and flat where it touches it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.field import Field, Numbers, points_of
from occnet.observations.interface import Floor

_SLOPE = 100.0  # logits a unit length of the cube: about as steep as a network's own at a surface


@dataclass(frozen=True, eq=False)
class StandingField:
    """A field cut by the half space above a floor: points (N, 3) -> logits (N,).

    part: the thing's own field. level: the logit at which it is to be cut. Nothing was seen from the floor up to its reach, so
    there the field is that of the place straight above, at the height of the reach: what is solid there goes straight down.
    The answer is the smaller of this and the signed distance from where the thing is to end, in logits above the level: there
    the surface is that plane, exactly, and elsewhere the thing's own.
    """

    part: Field
    floor: Floor
    level: float = 0.0

    @property
    def device(self) -> torch.device:
        """Where the part is evaluated."""
        return getattr(self.part, "device", None) or torch.device("cpu")

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        normal = points.new_tensor(self.floor.normal)
        heights = points @ normal - self.floor.offset
        raised = points + (self.floor.reach - heights).clamp(min=0.0)[:, None] * normal
        logits = self.part(raised)
        return torch.minimum(logits, (self.level + _SLOPE * (heights + self.floor.depth)).to(logits))
