"""The symmetries of the cube, in which one thing may be seen: its axes exchanged and turned over."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

SYMMETRIES = 48  # symmetries of the cube
_ORDERS = tuple(permutations(range(3)))
_SIGNS = tuple(product((1.0, -1.0), repeat=3))


@dataclass(frozen=True)
class Symmetry:
    """A symmetry of the cube [-0.5, 0.5]^3: its axes exchanged, then turned over."""

    order: tuple[int, ...]
    signs: tuple[float, ...]

    @staticmethod
    def of(number: int) -> Symmetry:
        """The symmetry of that number, 0 to 47: 0 changes nothing, and those that follow each other differ in many axes."""
        order = number % len(_ORDERS)
        return Symmetry(_ORDERS[order], _SIGNS[(number // len(_ORDERS) + 3 * order) % len(_SIGNS)])

    def turned(self, vectors: Tensor) -> Tensor:
        """Points (N, 3) turned by it, or points with normals (N, 6); exactly, and with gradients."""
        if self == Symmetry.of(0):
            return vectors
        triples = vectors.unflatten(1, (-1, 3))[..., self.order]
        return (triples * triples.new_tensor(self.signs)).flatten(1)


MIRRORED = Symmetry((0, 1, 2), (-1.0, 1.0, 1.0))
"""Left and right exchanged, as in a picture that is turned over, for a network that answers as the viewer sees."""
