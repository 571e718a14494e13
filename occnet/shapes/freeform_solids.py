"""Tubes swept along a path, terrain under waves, and blobs that melt ellipsoids together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from occnet.shapes.primitives import Rows, direction


class Tube:
    """All points within a radius of a polyline. size: radius; table: the corners (M, 3)."""

    padding = None

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        nearest = torch.full_like(x, math.inf)
        for start, end in zip(rows.table[:, :-1].unbind(1), rows.table[:, 1:].unbind(1), strict=True):
            step = end - start
            step_x, step_y, step_z = (step / step.square().sum(dim=1, keepdim=True).clamp(min=1e-12)).unsqueeze(-1).unbind(1)
            to_x, to_y, to_z = (coordinate - start[:, axis : axis + 1] for axis, coordinate in enumerate((x, y, z)))
            along = (to_x * step_x).addcmul_(to_y, step_y).addcmul_(to_z, step_z).clamp_(0.0, 1.0)
            for axis, gap in enumerate((to_x, to_y, to_z)):
                gap.addcmul_(along, step[:, axis : axis + 1], value=-1.0)
            squared = to_x.square_().addcmul_(to_y, to_y).addcmul_(to_z, to_z)
            nearest = torch.minimum(nearest, squared)
        return rows.size[:, :1] - nearest.sqrt_()

    def areas(self, rows: Rows) -> Tensor:
        radius = rows.size[:, :1]
        length = (rows.table[:, 1:] - rows.table[:, :-1]).norm(dim=-1)
        joints = torch.cat([torch.ones_like(radius), (length > 0.0).to(length)], dim=1)
        return torch.cat([2.0 * math.pi * radius * length, 4.0 * math.pi * radius.square() * joints], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        radius, last = rows.size[row], rows.table.shape[1] - 1
        side = patch < last  # patches: the segments, then the joints, each with the segment that starts at it
        joint = torch.where(side, patch, patch - last)
        first, start, end, second = (rows.table[row, (joint + shift).clamp(0, last)] for shift in (-1, 0, 1, 2))
        before, after = start - first, end - start
        normal = direction(random[:, 0], random[:, 1])
        # Around a segment: any direction, less its part along the segment. Isotropic, hence uniform around.
        along = torch.nn.functional.normalize(after, dim=-1)
        level = torch.nn.functional.normalize(normal - (normal * along).sum(dim=-1, keepdim=True) * along, dim=-1)
        # Around a joint: only the wedge that lies beyond the segment before and short of the segment after.
        wedge = ((normal * before).sum(dim=-1) >= 0.0) & ((normal * after).sum(dim=-1) <= 0.0)
        normal = torch.where(side.unsqueeze(-1), level, normal)
        points = start + torch.where(side, random[:, 2], 0.0).unsqueeze(-1) * after + radius * normal
        # In a bend, neighbours run into each other at so flat an angle that only this test keeps the overlap out.
        nearest = torch.minimum(_distance(points, first, before), _distance(points, end, second - end))
        outside = ~side | (nearest > radius[:, 0] - 1e-6)
        return points, normal, ((side | wedge) & outside).to(radius.dtype)


def _distance(points: Tensor, start: Tensor, step: Tensor) -> Tensor:
    """Distances (n,) from points (n, 3) to segments."""
    along = ((points - start) * step).sum(dim=-1) / step.square().sum(dim=-1).clamp(min=1e-12)
    return (points - start - along.clamp(0.0, 1.0).unsqueeze(-1) * step).norm(dim=-1)


class Terrain:
    """Ground under a sum of waves. size: half widths in x and z, depth below y = 0; table: (M, 4) wave x, z, phase, height."""

    padding = (0.0, 0.0, 0.0, 0.0)

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        half_x, half_z, depth = rows.columns()
        height = torch.zeros_like(x)
        for wave_x, wave_z, phase, amplitude in _waves(rows.table):
            height.addcmul_((x * wave_x + z * wave_z + phase).sin_(), amplitude)
        top = (height - y) / _steepness(rows.table).unsqueeze(1)
        walls = torch.minimum(half_x - x.abs(), half_z - z.abs())
        return torch.minimum(torch.minimum(top, y + depth), walls)

    def areas(self, rows: Rows) -> Tensor:
        half_x, half_z, depth = rows.size.unbind(1)
        reach, base = depth + rows.table[:, :, 3].abs().sum(dim=1), 4.0 * half_x * half_z
        across_x, across_z = 4.0 * half_z * reach, 4.0 * half_x * reach  # two walls each
        return torch.stack([base * _steepness(rows.table), base, across_x, across_z], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        half_x, half_z, depth = rows.size[row].unbind(1)
        table = rows.table[row]
        side = torch.where(random[:, 2] < 0.5, -1.0, 1.0)
        x = half_x * torch.where(patch == 2, side, 2.0 * random[:, 0] - 1.0)
        z = half_z * torch.where(patch == 3, side, 2.0 * random[:, 1] - 1.0)
        top, slope_x, slope_z = torch.zeros_like(x), torch.zeros_like(x), torch.zeros_like(x)
        for wave_x, wave_z, phase, amplitude in _waves(table):
            angle = x * wave_x[:, 0] + z * wave_z[:, 0] + phase[:, 0]
            top = top + amplitude[:, 0] * angle.sin()
            slope_x = slope_x + amplitude[:, 0] * angle.cos() * wave_x[:, 0]
            slope_z = slope_z + amplitude[:, 0] * angle.cos() * wave_z[:, 0]
        reach = depth + table[:, :, 3].abs().sum(dim=1)
        y = torch.where(patch == 0, top, torch.where(patch == 1, -depth, random[:, 3] * reach - depth))
        rise = torch.sqrt(1.0 + slope_x.square() + slope_z.square())
        upward = torch.stack([-slope_x, torch.ones_like(rise), -slope_z], dim=-1) / rise.unsqueeze(-1)
        unit = torch.eye(3, device=x.device, dtype=x.dtype)
        wall = unit[torch.where(patch == 1, 1, torch.where(patch == 2, 0, 2))] * torch.where(patch == 1, -1.0, side)[:, None]
        normal = torch.where((patch == 0).unsqueeze(-1), upward, wall)
        # What lies on a wall above the ground is no surface at all.
        weight = torch.where(patch == 0, rise / _steepness(table), torch.where((patch >= 2) & (y > top), 0.0, 1.0))
        return torch.stack([x, y, z], dim=-1), normal, weight


def _waves(table: Tensor) -> list[tuple[Tensor, ...]]:
    return [tuple(wave.unsqueeze(-1).unbind(1)) for wave in table.unbind(1)]


def _steepness(table: Tensor) -> Tensor:
    steepest = (table[:, :, :2].norm(dim=-1) * table[:, :, 3].abs()).sum(dim=1)
    return torch.sqrt(1.0 + steepest * steepest)


class Blob:
    """Ellipsoids melted together by a smooth maximum. size: melting length; table: (M, 6) centres and radii."""

    padding = (1e3, 1e3, 1e3, 1e-6, 1e-6, 1e-6)

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        melting = rows.size[:, :1]
        parts = [_ellipsoid(row.unsqueeze(-1).unbind(1), x, y, z) for row in rows.table.unbind(1)]
        return melting * torch.logsumexp(torch.stack(parts) / melting, dim=0)

    def areas(self, rows: Rows) -> Tensor:
        radii = rows.table[:, :, 3:]
        return 4.0 * math.pi * radii.amax(dim=-1).square() * (radii.amin(dim=-1) > 1e-5)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        center, radii = rows.table[row, patch].split(3, dim=-1)
        table = rows.table[row].permute(2, 1, 0).contiguous().unbind(0)  # six columns (M, n)
        melting = rows.size[row, 0]
        ray = direction(random[:, 0], random[:, 1])
        # The smooth maximum exceeds the maximum by at most melting * log(M): a narrow bracket around the surface.
        near = 1.0 / (ray / radii).norm(dim=-1)
        far = near * (1.0 + melting * math.log(rows.table.shape[1]) / radii.amin(dim=-1))

        def value(distance: Tensor) -> Tensor:
            x, y, z = (center + distance.unsqueeze(-1) * ray).unbind(-1)
            return torch.logsumexp(_ellipsoid(table, x, y, z) / melting, dim=0)

        distance = _root(value, near, far)
        points = center + distance.unsqueeze(-1) * ray
        x, y, z = points.unbind(-1)
        parts = _ellipsoid(table, x, y, z)
        share = torch.softmax(parts / melting, dim=0)
        normal = torch.nn.functional.normalize(_outward(table, share, x, y, z), dim=-1)
        cosine = (normal * ray).sum(dim=-1)
        # Each ellipsoid answers only for the surface where it is the strongest; cosine and distance give its area.
        strongest = parts.argmax(dim=0) == patch
        weight = (distance / radii.amax(dim=-1)).square() / cosine.clamp(min=0.1)
        return points, normal, torch.where(strongest & (cosine > 0.0), weight, 0.0)


def _ellipsoid(columns: Sequence[Tensor], x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    center_x, center_y, center_z, a, b, c = columns
    scaled = ((x - center_x) / a).square_() + ((y - center_y) / b).square_() + ((z - center_z) / c).square_()
    return torch.minimum(torch.minimum(a, b), c) * (1.0 - scaled.sqrt_())


def _outward(columns: Sequence[Tensor], share: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Minus the gradient (n, 3) of the ellipsoids' values, each with its share (M, n)."""
    center_x, center_y, center_z, a, b, c = columns
    length = (((x - center_x) / a).square() + ((y - center_y) / b).square() + ((z - center_z) / c).square()).sqrt()
    strength = share * torch.minimum(torch.minimum(a, b), c) / length.clamp(min=1e-9)
    pairs = ((x - center_x, a), (y - center_y, b), (z - center_z, c))
    return torch.stack([(strength * gap / radius.square()).sum(dim=0) for gap, radius in pairs], dim=-1)


def _root(value: Callable[[Tensor], Tensor], near: Tensor, far: Tensor) -> Tensor:
    """Where the falling function value crosses 0 between near (positive) and far (negative): false position, Illinois rule."""
    high, low = value(near), value(far)
    middle = near
    for _ in range(10):
        middle = (near * low - far * high) / (low - high)
        middle = torch.where(torch.isfinite(middle), middle, 0.5 * (near + far)).clamp(near, far)
        here = value(middle)
        inside = here > 0.0
        low, high = torch.where(inside, 0.5 * low, here), torch.where(inside, here, 0.5 * high)
        near, far = torch.where(inside, middle, near), torch.where(inside, far, middle)
    return middle
