"""Boxes, frusta, capsules, ellipsoids and torus arcs: the solids that a handful of lengths describe."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from occnet.shapes.primitives import Rows, around, direction


class RoundedBox:
    """A box with rounded edges. size: three half edges (outer), rounding radius."""

    padding = None

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        half_x, half_y, half_z, rounding = rows.columns()
        gap_x, gap_y, gap_z = x.abs() - (half_x - rounding), y.abs() - (half_y - rounding), z.abs() - (half_z - rounding)
        nearest = torch.maximum(torch.maximum(gap_x, gap_y), gap_z).clamp_(max=0.0)
        squared = gap_x.clamp_(min=0.0).square_() + gap_y.clamp_(min=0.0).square_() + gap_z.clamp_(min=0.0).square_()
        return rounding - squared.sqrt_() - nearest

    def areas(self, rows: Rows) -> Tensor:
        rounding = rows.size[:, 3:]
        inner = 2.0 * (rows.size[:, :3] - rounding)
        faces = 2.0 * inner.roll(1, dims=1) * inner.roll(2, dims=1)  # both faces across each axis
        edges = 2.0 * math.pi * rounding * inner  # four quarter cylinders along each axis
        return torch.cat([faces, edges, 4.0 * math.pi * rounding.square()], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        size = rows.size[row]
        rounding = size[:, 3:]
        inner = size[:, :3] - rounding
        unit = torch.eye(3, device=size.device, dtype=size.dtype)
        angle = 2.0 * math.pi * random[:, :1]
        face = unit[patch % 3] * torch.where(random[:, :1] < 0.5, -1.0, 1.0)
        edge = angle.cos() * unit[(patch + 1) % 3] + angle.sin() * unit[(patch + 2) % 3]
        corner = direction(random[:, 0], random[:, 1])
        part = patch.unsqueeze(-1)
        normal = torch.where(part < 3, face, torch.where(part < 6, edge, corner))
        # Along the axes that the normal does not touch, the point lies anywhere on the inner box; else at its rim.
        core = torch.where(normal == 0.0, (2.0 * random[:, 1:] - 1.0) * inner, normal.sign() * inner)
        return core + rounding * normal, normal, torch.ones_like(size[:, 0])


class Box(RoundedBox):
    """A box with sharp edges: the rounded box without rounding, several times faster to evaluate."""

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        half_x, half_y, half_z, _ = rows.columns()
        return torch.minimum(torch.minimum(half_x - x.abs(), half_y - y.abs()), half_z - z.abs())


class Frustum:
    """A cylinder or cone around y. size: half height, bottom radius, top radius."""

    padding = None

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        half, bottom, top = rows.columns()
        slope = 0.5 * (top - bottom) / half
        side = (0.5 * (bottom + top) + slope * y - torch.hypot(x, z)) / torch.sqrt(1.0 + slope * slope)
        return torch.minimum(side, half - y.abs())

    def areas(self, rows: Rows) -> Tensor:
        half, bottom, top = rows.size.unbind(1)
        side = 2.0 * math.pi * torch.maximum(bottom, top) * torch.hypot(2.0 * half, top - bottom)
        return torch.stack([side, math.pi * bottom.square(), math.pi * top.square()], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        half, bottom, top = rows.size[row].unbind(1)
        angle, along = 2.0 * math.pi * random[:, 0], random[:, 1]
        radius = bottom + (top - bottom) * along
        sign = torch.where(patch == 1, -1.0, 1.0)
        slant = torch.hypot(2.0 * half, top - bottom)
        side_normal = around(2.0 * half / slant, (bottom - top) / slant, angle)
        disk = around(torch.where(patch == 1, bottom, top) * along.sqrt(), sign * half, angle)
        side = (patch == 0).unsqueeze(-1)
        points = torch.where(side, around(radius, half * (2.0 * along - 1.0), angle), disk)
        normals = torch.where(side, side_normal, around(torch.zeros_like(sign), sign, angle))
        return points, normals, torch.where(patch == 0, radius / torch.maximum(bottom, top), 1.0)


class Capsule:
    """A cylinder around y with half spheres at both ends. size: half length of the axis, radius."""

    padding = None

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        half, radius = rows.columns()
        beyond = (y.abs() - half).clamp_(min=0.0)
        return radius - (x * x + beyond.square_() + z * z).sqrt_()

    def areas(self, rows: Rows) -> Tensor:
        half, radius = rows.size.unbind(1)
        return torch.stack([4.0 * math.pi * half * radius, 4.0 * math.pi * radius.square()], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        half, radius = rows.size[row].unbind(1)
        side = (patch == 0).unsqueeze(-1)
        flat = around(torch.ones_like(half), torch.zeros_like(half), 2.0 * math.pi * random[:, 1])
        normal = torch.where(side, flat, direction(random[:, 0], random[:, 1]))
        height = torch.where(patch == 0, half * (2.0 * random[:, 0] - 1.0), half * normal[:, 1].sign())
        axis = around(torch.zeros_like(half), height, random[:, 1])
        return axis + radius.unsqueeze(-1) * normal, normal, torch.ones_like(half)


class Ellipsoid:
    """An ellipsoid. size: three radii."""

    padding = None

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        a, b, c = rows.columns()
        smallest = rows.size.amin(dim=1, keepdim=True)
        return smallest * (1.0 - ((x / a).square_() + (y / b).square_() + (z / c).square_()).sqrt_())

    def areas(self, rows: Rows) -> Tensor:
        return 4.0 * math.pi * _cofactors(rows.size).amax(dim=1, keepdim=True)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        radii = rows.size[row]
        sphere = direction(random[:, 0], random[:, 1])
        stretched = _cofactors(radii) * sphere  # normal, as long as the area grows
        length = stretched.norm(dim=-1)
        return radii * sphere, stretched / length.unsqueeze(-1), length / _cofactors(radii).amax(dim=1)


def _cofactors(radii: Tensor) -> Tensor:
    return radii.roll(1, dims=1) * radii.roll(2, dims=1)


class TorusArc:
    """A ring around y, or an arc of one, symmetric about +z, with round ends. size: ring radius, tube radius, half angle."""

    padding = None

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        ring, tube, half = rows.columns()
        x = x.abs()
        within = (x * half.cos() <= z * half.sin()) | (half >= FULL)
        from_ring = torch.hypot(x, z) - ring
        from_end = torch.hypot(x - ring * half.sin(), z - ring * half.cos())
        return tube - torch.hypot(torch.where(within, from_ring, from_end), y)

    def areas(self, rows: Rows) -> Tensor:
        ring, tube, half = rows.size.unbind(1)
        side = 4.0 * math.pi * half * tube * (ring + tube)
        ends = torch.where(half >= FULL, 0.0, 4.0 * math.pi * tube.square())  # both half spheres
        return torch.stack([side, ends], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        ring, tube, half = rows.size[row].unbind(1)
        end = patch == 1
        away = direction(random[:, 0], random[:, 1])
        # A half sphere beyond the end: its pole is the tangent of the ring there, so flip what points back into the tube.
        side = torch.where(random[:, 2] < 0.5, -1.0, 1.0)
        tangent = torch.stack([half.cos() * side, torch.zeros_like(half), -half.sin()], dim=-1)
        away = away * torch.where((away * tangent).sum(dim=-1, keepdim=True) < 0.0, -1.0, 1.0)
        along = torch.where(end, half * side, half * (2.0 * random[:, 0] - 1.0))
        spoke = torch.stack([along.sin(), torch.zeros_like(along), along.cos()], dim=-1)
        turn = 2.0 * math.pi * random[:, 1]
        upward = torch.stack([torch.zeros_like(turn), turn.sin(), torch.zeros_like(turn)], dim=-1)
        normal = torch.where(end.unsqueeze(-1), away, turn.cos().unsqueeze(-1) * spoke + upward)
        weight = torch.where(end, 1.0, (ring + tube * turn.cos()) / (ring + tube))
        return ring.unsqueeze(-1) * spoke + tube.unsqueeze(-1) * normal, normal, weight


FULL = math.pi - 1e-3
"""From this half angle on an arc is a full ring."""
