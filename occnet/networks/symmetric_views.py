"""One observation in several views, turned and mirrored as the cube is; their answers are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product

import torch
from torch import Tensor

from occnet.field import Field, Mean
from occnet.vectors import smoothstep

MOST_VIEWS = 48  # symmetries of the cube
_SURE, _SURER = 4.0, 6.0  # logits of the first view up to which all views answer, and from which on it answers alone
_ORDERS = tuple(permutations(range(3)))
_SIGNS = tuple(product((1.0, -1.0), repeat=3))


@dataclass(frozen=True)
class View:
    """A symmetry of the cube [-0.5, 0.5]^3: its axes exchanged, then turned over."""

    order: tuple[int, ...]
    signs: tuple[float, ...]

    @staticmethod
    def of(number: int) -> View:
        """The view of that number, 0 to 47: 0 changes nothing, and those that follow each other differ in many axes."""
        order = number % len(_ORDERS)
        return View(_ORDERS[order], _SIGNS[(number // len(_ORDERS) + 3 * order) % len(_SIGNS)])

    def turned(self, vectors: Tensor) -> Tensor:
        """Points (N, 3) as the view shows them, or points with normals (N, 6); exactly, and with gradients."""
        if self == View.of(0):
            return vectors
        triples = vectors.unflatten(1, (-1, 3))[..., self.order]
        return (triples * triples.new_tensor(self.signs)).flatten(1)


MIRRORED = View((0, 1, 2), (-1.0, 1.0, 1.0))
"""Left and right exchanged, as in a picture that is turned over, for a network that answers as the viewer sees."""


@dataclass(frozen=True)
class TurnedField:
    """A field of what a view shows, as a field of what was there before: points (N, 3) -> logits (N,)."""

    field: Field
    view: View

    def __call__(self, points: Tensor) -> Tensor:
        return self.field(self.view.turned(points))


class SymmetricField:
    """The mean of fields of one thing where the first of them is not sure, else the first: points (N, 3) -> logits (N,).

    A network is not quite the same function in every view, and errors that differ are averaged out. The others are asked only
    near the surface, where the first has a logit below 6; from 4 on its share grows smoothly, so that the field is as smooth
    as its parts. Averaging over turned inputs is "test-time augmentation" (Krizhevsky et al. 2012, sec. 4.1).
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self.first, self.others = fields[0], Mean(tuple(fields[1:]))
        self._share = (len(fields) - 1) / len(fields)  # of the others in the mean
        self._coarse: Field = getattr(self.first, "coarse", self.first)

    @property
    def device(self) -> torch.device:
        """Where the first of them is evaluated."""
        return getattr(self.first, "device", None) or torch.device("cpu")

    def __call__(self, points: Tensor) -> Tensor:
        logits = self.first(points)
        unsure = ((_SURER - logits.detach().abs()) / (_SURER - _SURE)).clamp(0.0, 1.0)
        asked = unsure.nonzero().squeeze(1)
        if not len(asked):
            return logits
        own = logits[asked]
        others = self.others(points[asked.to(points.device)]).to(own.device)
        share = self._share * smoothstep(unsure[asked])
        return logits.index_add(0, asked, share * (others - own))

    def coarse(self, points: Tensor) -> Tensor:
        """Logits (N,) by the first field alone, in its own cheaper version where it has one."""
        return self._coarse(points)

    @cached_property
    def coarse_band(self) -> float:
        """Logits from which on `coarse` has the side of the level that the field has: there the first answers alone."""
        return _SURER + float(getattr(self.first, "coarse_band", 0.0))
