"""What every primitive solid offers: a signed value, the areas of its surface patches, and points on a patch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rows:
    """Primitives of one kind, side by side. size: (R, K) lengths; table: (R, M, C) knots of a profile, path or blob."""

    size: Tensor
    table: Tensor

    def columns(self) -> tuple[Tensor, ...]:
        """The sizes as K columns (R, 1), ready to meet points (R, N)."""
        return self.size.unsqueeze(-1).unbind(1)


class Primitive(Protocol):
    """A kind of solid in its own frame. All its functions work on many solids (rows) at once."""

    @property
    def padding(self) -> tuple[float, ...] | None:
        """The table row that stands for "no more knots"; None repeats the last row."""
        ...

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Values (R, N) > 0 exactly inside, about a distance near the surface, of points with coordinates (R, N)."""
        ...

    def areas(self, rows: Rows) -> Tensor:
        """Nominal areas (R, patches); a patch is sampled in proportion to it. 0 for patches that do not exist."""
        ...

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Points (n, 3), outward unit normals (n, 3) and weights (n,) on the given patches of the given rows.

        random: (n, 4) uniform numbers. The weight is true area over nominal area at the point: the chance to keep it.
        """
        ...


def direction(first: Tensor, second: Tensor) -> Tensor:
    """Unit vectors (n, 3), uniform on the sphere, from two uniform numbers (n,)."""
    height = 2.0 * first - 1.0
    radius = (1.0 - height * height).clamp(min=0.0).sqrt()
    angle = 2.0 * math.pi * second
    return torch.stack([radius * angle.cos(), height, radius * angle.sin()], dim=-1)


def around(axis_radius: Tensor, height: Tensor, angle: Tensor) -> Tensor:
    """Points (n, 3) at a distance from the y axis, a height and an angle."""
    return torch.stack([axis_radius * angle.cos(), height, axis_radius * angle.sin()], dim=-1)
