"""Twist, taper and bend with exact inverses: a deformed solid holds a point where the plain one holds its inverse image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["twist", "taper", "bend"]
KINDS: tuple[Kind, ...] = ("twist", "taper", "bend")


@dataclass(frozen=True)
class Deformation:
    """A deformation along an axis (0, 1, 2 for x, y, z).

    twist: amount radians a unit along the axis. taper: the cross-section is scaled by 1 + amount * (position on the axis),
    which must stay positive. bend: the axis becomes a circle of curvature amount; |amount| times the extent must stay below pi
    along the axis and below 1 across it.
    """

    kind: Kind
    amount: float
    axis: int = 1


def forward(kind: str, amount: Tensor, points: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Where points (x, y, z) go when they are deformed along y; amount broadcasts against them."""
    x, y, z = points
    if kind == "twist":
        cosine, sine = torch.cos(amount * y), torch.sin(amount * y)
        return cosine * x + sine * z, y, cosine * z - sine * x
    if kind == "taper":
        scale = 1.0 + amount * y
        return scale * x, y, scale * z
    radius = 1.0 / amount
    return radius - (radius - x) * torch.cos(amount * y), (radius - x) * torch.sin(amount * y), z


def inverse(kind: str, amount: Tensor, points: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Where points come from; the exact inverse of forward on its range."""
    x, y, z = points
    if kind == "twist":
        return forward(kind, -amount, points)
    if kind == "taper":
        scale = 1.0 + amount * y
        # Beyond the apex of the taper nothing comes from anywhere: send those points far away.
        scale = torch.where(scale > 1e-3, 1.0 / scale.clamp(min=1e-3), 1e6)
        return scale * x, y, scale * z
    radius = 1.0 / amount
    side = torch.sign(radius)
    from_center = torch.hypot(radius - x, y)
    angle = torch.atan2(side * y, side * (radius - x))
    return radius - side * from_center, angle * radius, z


def forward_with_normals(kind: str, amount: Tensor, points: Tensor, normals: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Deformed points (n, 3), deformed unit normals (n, 3), and by how much the area around each point grew (n,).

    The normals go through the cofactors of the Jacobian, whose length on a unit normal is the growth of area.
    """
    x, y, z = points.unbind(-1)
    by_x, by_y, by_z = (torch.stack(column, dim=-1) for column in _jacobian(kind, amount, x, y, z))
    stretched = (
        torch.linalg.cross(by_y, by_z) * normals[:, 0:1]
        + torch.linalg.cross(by_z, by_x) * normals[:, 1:2]
        + torch.linalg.cross(by_x, by_y) * normals[:, 2:3]
    )
    growth = stretched.norm(dim=-1)
    return torch.stack(forward(kind, amount, (x, y, z)), dim=-1), stretched / growth.unsqueeze(-1), growth


def _jacobian(kind: str, amount: Tensor, x: Tensor, y: Tensor, z: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], ...]:
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    if kind == "taper":
        scale = 1.0 + amount * y
        return (scale, zero, zero), (amount * x, one, amount * z), (zero, zero, scale)
    cosine, sine = torch.cos(amount * y), torch.sin(amount * y)
    if kind == "twist":
        turning = amount * (cosine * z - sine * x), one, -amount * (cosine * x + sine * z)
        return (cosine, zero, -sine), turning, (sine, zero, cosine)
    stretch = 1.0 - amount * x
    return (cosine, -sine, zero), (stretch * sine, stretch * cosine, zero), (zero, zero, one)
