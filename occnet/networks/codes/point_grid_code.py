"""What a cloud tells of a shape: a feature on each of its points, where the detail is, and a coarse grid of context."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from occnet.networks.layers.neighbours import PointIndex


@dataclass(frozen=True, eq=False)
class PointGridCode:
    """A code made of the input points with a feature each, and a grid of features over the padded cube."""

    points: Tensor  # (B, N, 3)
    spacing: Tensor  # (B, N, 1), distance to the neighbours, in unit-cube lengths
    features: Tensor  # (B, N, C)
    grid: Tensor  # (B, R, R, R, G)
    index: PointIndex
