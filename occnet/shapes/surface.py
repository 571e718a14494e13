"""Points on the boundary of shapes: drawn on every part by area, kept where the finished shape really changes sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from occnet.shapes.deformation import forward_with_normals
from occnet.shapes.shape_layout import ShapeLayout

STEP = 2e-5
"""A point is on the surface when the shape changes sides within this distance along the normal, in edges of the unit cube."""

ROUNDS = 400
"""After so many rounds without enough points, the shape is a mistake of its family."""

_SHARE_TRIES = 4096


@dataclass(frozen=True)
class Patches:
    """Every patch of every part of a layout, ordered by shape, ready to be chosen by area."""

    reach: Tensor  # (P,) float64: shape index + share of its area up to and including this patch
    group: Tensor  # (P,)
    row: Tensor  # (P,)
    patch: Tensor  # (P,)

    @staticmethod
    def of(layout: ShapeLayout, evenly: bool = False) -> Patches:
        """The patches of a layout, to be chosen by area or evenly: all parts as often, and so all patches of a part."""
        areas, owners, groups, rows, patches = [], [], [], [], []
        for number, group in enumerate(layout.groups):
            area = group.primitive.areas(group.rows)  # (R, patches)
            if evenly:
                area = (area > 0.0) / (area > 0.0).sum(dim=1, keepdim=True)
            areas.append(area.flatten())
            owners.append(group.owner[:, None].expand_as(area).flatten())
            row, patch = torch.meshgrid(*(torch.arange(n) for n in area.shape), indexing="ij")
            groups.append(torch.full_like(row, number).flatten())
            rows.append(row.flatten())
            patches.append(patch.flatten())
        # The sums are taken on the CPU: an accelerator adds in an order of its own, and no run would equal another.
        area, owner = torch.cat(areas).cpu().double(), torch.cat(owners).cpu()
        exists = area > 0.0
        order = torch.argsort(owner, stable=True)
        order = order[exists[order]]
        area, owner = area[order], owner[order]
        total = torch.zeros(layout.count, dtype=torch.float64).index_add_(0, owner, area)
        reach = (area / total[owner]).cumsum(0)
        columns = reach, torch.cat(groups)[order], torch.cat(rows)[order], torch.cat(patches)[order]
        return Patches(*(column.to(layout.device) for column in columns))

    def choose(self, random: Tensor) -> Tensor:
        """The patch (B, K) that uniform numbers (B, K) select for each shape."""
        wanted = random.double() + torch.arange(len(random), device=random.device)[:, None]
        return torch.searchsorted(self.reach, wanted.contiguous(), right=True).clamp_(max=len(self.reach) - 1)

    def part(self, random: Tensor) -> Tensor:
        """A number (B, K) for the part whose patch the uniform numbers (B, K) select: equal numbers, equal parts."""
        chosen = self.choose(random)
        return self.group[chosen] * (int(self.row.max()) + 1) + self.row[chosen]


def candidates(layout: ShapeLayout, patches: Patches, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Points (B, K, 3), normals (B, K, 3) and weights (B, K) on the parts' own surfaces, in the unit cube.

    random: (B, K, 5) uniform numbers. Kept with a chance in proportion to their weight, the points are uniform by area.
    """
    count, tries, _ = random.shape
    chosen = patches.choose(random[:, :, 4]).flatten()
    numbers = random[:, :, :4].flatten(0, 1)
    points, normals, weights = (
        numbers.new_zeros(len(chosen), 3),
        numbers.new_zeros(len(chosen), 3),
        numbers.new_zeros(len(chosen)),
    )
    for number, group in enumerate(layout.groups):
        here = torch.nonzero(patches.group[chosen] == number).squeeze(1)
        row, patch = patches.row[chosen[here]], patches.patch[chosen[here]]
        local, local_normal, weight = group.primitive.sample(group.rows, row, patch, numbers[here])
        rotation = group.rotation[row]
        points[here] = (rotation @ local.unsqueeze(-1)).squeeze(-1) + group.position[row]
        normals[here] = (rotation @ local_normal.unsqueeze(-1)).squeeze(-1)
        weights[here] = weight
    points, normals, weights = points.view(count, tries, 3), normals.view(count, tries, 3), weights.view(count, tries)
    points, normals, weights = _deform(layout, points, normals, weights)
    return (points - layout.center[:, None]) / layout.scale[:, None, None], normals, weights


def _deform(layout: ShapeLayout, points: Tensor, normals: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    tries = points.shape[1]
    for step in layout.steps:
        for bend in step:
            mine = points[bend.owner].roll(1 - bend.axis, dims=2).flatten(0, 1)
            mine_normals = normals[bend.owner].roll(1 - bend.axis, dims=2).flatten(0, 1)
            amount = bend.amount.expand(-1, tries).flatten()
            placed, turned, growth = forward_with_normals(bend.kind, amount, mine, mine_normals)
            points = points.index_copy(0, bend.owner, placed.view(-1, tries, 3).roll(bend.axis - 1, dims=2))
            normals = normals.index_copy(0, bend.owner, turned.view(-1, tries, 3).roll(bend.axis - 1, dims=2))
            weights = weights.index_copy(0, bend.owner, weights[bend.owner] * growth.view(-1, tries))
    return points, normals, weights


def crossing(layout: ShapeLayout, points: Tensor, normals: Tensor) -> Tensor:
    """+1 where the shape lies behind the point and not in front of it (B, K), -1 the other way round, else 0.

    Where parts touch or overlap, a part's surface runs inside the shape: there both sides agree, and the point is no surface.
    """
    tries = points.shape[1]
    inside = layout.value(torch.cat([points - STEP * normals, points + STEP * normals], dim=1)) > 0.0
    return inside[:, :tries].to(torch.int8) - inside[:, tries:].to(torch.int8)


def sample_surface(layout: ShapeLayout, count: int, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Points (B, count, 3) on the surfaces, uniform by area, and outward unit normals (B, count, 3).

    Each shape draws from a generator of its own, by its seed, in rounds of equal length, so that its neighbours do not matter.
    The generators are the CPU's, so that all devices give the same points, up to the rounding of their arithmetic.
    """
    patches = Patches.of(layout)
    generators = [_generator(seed, key) for seed, key in zip(seeds, layout.keys, strict=True)]
    points = torch.zeros(layout.count, count, 3, device=layout.device)
    normals = torch.zeros_like(points)
    filled = [0] * layout.count
    tries = min(max(2048, 2 * count), 16384)  # about a third of them count: mostly two rounds, unless it is many points
    bound = None
    for _ in range(ROUNDS):
        random = torch.stack([torch.rand(tries, 6, generator=each) for each in generators]).to(layout.device)
        drawn = candidates(layout, patches, random[:, :, :5])
        if bound is None:
            bound = drawn[2].amax(dim=1, keepdim=True)  # deformations may stretch areas beyond their nominal size
        new_points, new_normals, found = _on_surface(layout, drawn[0], drawn[1], drawn=random[:, :, 5] * bound < drawn[2])
        columns = torch.nonzero(found)[:, 1].split(
            found.sum(dim=1).tolist()
        )  # of all shapes at once: an accelerator waits once
        for index, column in enumerate(columns):
            kept = column[: count - filled[index]]
            place = slice(filled[index], filled[index] + len(kept))
            points[index, place] = new_points[index, kept]
            normals[index, place] = new_normals[index, kept]
            filled[index] += len(kept)
        if min(filled) >= count:
            return points, normals
    raise AssertionError(f"a shape has almost no surface: {min(filled)} of {count} points found")


def nominal_areas(layout: ShapeLayout) -> Tensor:
    """The area (B,) of all parts of each shape, whole and not deformed, in the unit cube."""
    total = torch.zeros(layout.count, device=layout.device)
    for group in layout.groups:
        total.index_add_(0, group.owner, group.primitive.areas(group.rows).sum(dim=1))
    return total / layout.scale**2


def share_on_surface(layout: ShapeLayout, generator: torch.Generator) -> Tensor:
    """Which share (B,) of the points that `sample_surface` draws are on the surface, from a few thousand of each shape."""
    random = torch.rand(layout.count, _SHARE_TRIES, 6, generator=generator).to(layout.device)
    points, normals, weights = candidates(layout, Patches.of(layout), random[:, :, :5])
    drawn = random[:, :, 5] * weights.amax(dim=1, keepdim=True) < weights
    return _on_surface(layout, points, normals, drawn)[2].sum(dim=1) / _SHARE_TRIES


def _generator(seed: int, key: tuple[int, int]) -> torch.Generator:
    word = np.random.SeedSequence([seed, *key]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(word >> np.uint64(1)))


def _on_surface(layout: ShapeLayout, points: Tensor, normals: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The drawn points, moved to the front of each row, with outward normals, and which of them are on the surface."""
    order = torch.argsort(drawn.to(torch.int8), dim=1, descending=True, stable=True)[:, : int(drawn.sum(dim=1).max())]
    rows = order.unsqueeze(-1).expand(-1, -1, 3)
    points, normals = points.gather(1, rows), normals.gather(1, rows)
    sides = torch.where(drawn.gather(1, order), crossing(layout, points, normals), 0)
    return points, normals * sides.unsqueeze(-1), sides != 0
