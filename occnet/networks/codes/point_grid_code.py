"""What a cloud tells of a shape: a feature on each of its points, where the detail is, and a coarse grid of context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from occnet.networks.layers.neighbours import PointIndex

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class PointGridCode:
    """A code made of the input points with a feature each, and a grid of features over the padded cube."""

    points: Float[Tensor, "b n 3"]
    spacing: Float[Tensor, "b n 1"]  # distance to the neighbours, in unit-cube lengths
    features: Float[Tensor, "b n c"]
    grid: Float[Tensor, "b r r r g"]  # x, y, z
    index: PointIndex
