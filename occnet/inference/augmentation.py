"""One observation turned and mirrored by several symmetries of the cube, whose answers are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.field import Field, Mean, Numbers, points_of
from occnet.observations.symmetries import Symmetry
from occnet.vectors import smoothstep

_SURE, _SURER = 4.0, 6.0  # logits of the first reading up to which all answer, and from which on it answers alone


@dataclass(frozen=True)
class TurnedField:
    """A field of what was turned, as a field of what was there before: points (N, 3) -> logits (N,)."""

    field: Field
    symmetry: Symmetry

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        return self.field(self.symmetry.turned(points))


class SymmetricField:
    """The mean of fields of one thing where the first of them is not sure, else the first: points (N, 3) -> logits (N,).

    A network is not quite the same function of what is turned, and errors that differ are averaged out. The others are asked
    only near the surface, where the first has a logit below 6; from 4 on its share grows smoothly, so that the field is as
    smooth as its parts. Averaging over turned inputs is "test-time augmentation" (Krizhevsky et al. 2012, sec. 4.1).
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self.first, self.others = fields[0], Mean(tuple(fields[1:]))
        self._share = (len(fields) - 1) / len(fields)  # of the others in the mean

    @property
    def device(self) -> torch.device:
        """Where the first of them is evaluated."""
        return getattr(self.first, "device", None) or torch.device("cpu")

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        logits = self.first(points)
        unsure = ((_SURER - logits.detach().abs()) / (_SURER - _SURE)).clamp(0.0, 1.0)
        asked = unsure.nonzero().squeeze(1)
        if not len(asked):
            return logits
        own = logits[asked]
        others = self.others(points[asked.to(points.device)]).to(own.device)
        share = self._share * smoothstep(unsure[asked])
        return logits.index_add(0, asked, share * (others - own))
