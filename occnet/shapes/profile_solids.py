"""Extrusions of star-shaped polygons and revolutions of profiles: a table of knots, found by binary search."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from occnet.shapes.primitives import Rows, around
from occnet.vectors import normalized


def polygon_edges(corners: ArrayLike) -> NDArray[np.float64]:
    """The edge table (M + 1, 8) of a polygon, (M, 2) in x and z, that is star-shaped about the origin.

    Columns: start x z, end x z, angle of the start, outward normal x z, distance of the edge's line from the origin. The edge
    that passes the angle pi comes first, with angle -infinity, and again last, so that a search always finds one.
    """
    corners = np.asarray(corners, dtype=np.float64)
    angle = np.arctan2(corners[:, 1], corners[:, 0])
    order = np.argsort(angle, kind="stable")
    start, angle = corners[order], angle[order]
    end = np.roll(start, -1, axis=0)
    normal = normalized(np.stack([end[:, 1] - start[:, 1], start[:, 0] - end[:, 0]], axis=1))
    distance = np.einsum("ij,ij->i", normal, start)
    assert (distance > 0.0).all(), "the polygon is not star-shaped about the origin"
    table = np.column_stack([start, end, angle, normal, distance])
    first = table[-1:].copy()
    first[:, :4], first[:, 4] = first[:, [0, 1, 0, 1]], -np.inf  # same line, no length: it is sampled once only
    return np.concatenate([first, table])


class Extrusion:
    """A star-shaped polygon in xz drawn along y, scaled linearly towards the top. size: half height, scale at the top."""

    padding = (0.0, 0.0, 0.0, 0.0, math.inf, 0.0, 0.0, 0.0)

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        half, top = rows.columns()
        table = rows.table
        edge = torch.searchsorted(table[:, :, 4].contiguous(), torch.atan2(z, x), right=True).sub_(1)
        normal_x, normal_z, distance = (table[:, :, column].gather(1, edge) for column in (5, 6, 7))
        slope = 0.5 * (top - 1.0) / half
        scale = 0.5 * (1.0 + top) + slope * y.clamp(-half, half)
        steepest = table[:, :, 7].amax(dim=1, keepdim=True) * slope
        side = (scale * distance - normal_x * x - normal_z * z) / torch.sqrt(1.0 + steepest * steepest)
        return torch.minimum(side, half - y.abs())

    def areas(self, rows: Rows) -> Tensor:
        half, top = rows.columns()
        start, end, distance = rows.table[:, :, 0:2], rows.table[:, :, 2:4], rows.table[:, :, 7]
        length = (end - start).norm(dim=-1)
        slant = torch.hypot(2.0 * half, distance * (top - 1.0))
        triangle = 0.5 * length * distance
        return torch.cat([length * slant * top.clamp(min=1.0), triangle, triangle * top.square()], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        half, top = rows.size[row].unbind(1)
        edges = rows.table.shape[1]
        edge, part = patch % edges, patch // edges  # part: 0 side, 1 bottom, 2 top
        table = rows.table[row, edge]
        start, end, flat, distance = table[:, 0:2], table[:, 2:4], table[:, 5:7], table[:, 7]
        along, across = random[:, :1], random[:, 1]
        on_edge = start + (end - start) * along
        scale = torch.where(part == 0, 1.0 + (top - 1.0) * across, torch.where(part == 1, 1.0, top) * across.sqrt())
        height = torch.where(part == 0, half * (2.0 * across - 1.0), torch.where(part == 1, -half, half))
        plane = on_edge * scale.unsqueeze(-1)
        points = torch.stack([plane[:, 0], height, plane[:, 1]], dim=-1)
        rise, drop = 2.0 * half, distance * (1.0 - top)
        slant = torch.hypot(rise, drop)
        level = torch.where(part == 0, 0.0, torch.where(part == 1, -1.0, 1.0))
        outward = torch.where(part == 0, rise / slant, 0.0).unsqueeze(-1) * flat
        normals = torch.stack([outward[:, 0], torch.where(part == 0, drop / slant, level), outward[:, 1]], dim=-1)
        return points, normals, torch.where(part == 0, scale / top.clamp(min=1.0), 1.0)


class Revolution:
    """A profile turned about y, closed by disks at both ends. table: rising heights and the radius at each; no size."""

    padding = None

    def value(self, rows: Rows, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        height, radius = rows.table[:, :, 0].contiguous(), rows.table[:, :, 1]
        slope = (radius[:, 1:] - radius[:, :-1]) / (height[:, 1:] - height[:, :-1]).clamp(min=1e-7)
        band = torch.searchsorted(height, y.contiguous(), right=True).sub_(1).clamp_(0, height.shape[1] - 2)
        rim = radius.gather(1, band) + slope.gather(1, band) * (y - height.gather(1, band))
        steepest = slope.abs().amax(dim=1, keepdim=True)
        side = (rim - torch.hypot(x, z)) / torch.sqrt(1.0 + steepest * steepest)
        return torch.minimum(side, torch.minimum(y - height[:, :1], height[:, -1:] - y))

    def areas(self, rows: Rows) -> Tensor:
        height, radius = rows.table.unbind(-1)
        slant = torch.hypot(height[:, 1:] - height[:, :-1], radius[:, 1:] - radius[:, :-1])
        bands = 2.0 * math.pi * torch.maximum(radius[:, 1:], radius[:, :-1]) * slant
        return torch.cat([bands, math.pi * radius[:, [0, -1]].square()], dim=1)

    def sample(self, rows: Rows, row: Tensor, patch: Tensor, random: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        bands = rows.table.shape[1] - 1
        side, below = patch < bands, patch == bands
        start = torch.where(side, patch, torch.where(below, 0, bands))  # a disk is a band whose other rim is the axis
        low, low_radius = rows.table[row, start].unbind(-1)
        high, high_radius = rows.table[row, torch.where(side, patch + 1, start)].unbind(-1)
        angle, along = 2.0 * math.pi * random[:, 0], random[:, 1]
        radius = torch.where(side, low_radius + (high_radius - low_radius) * along, low_radius * along.sqrt())
        height = torch.where(side, low + (high - low) * along, low)
        slant = torch.hypot(high - low, high_radius - low_radius).clamp(min=1e-12)
        outward = torch.where(side, (high - low) / slant, 0.0)
        upward = torch.where(side, (low_radius - high_radius) / slant, torch.where(below, -1.0, 1.0))
        widest = torch.maximum(low_radius, high_radius).clamp(min=1e-12)
        return around(radius, height, angle), around(outward, upward, angle), torch.where(side, radius / widest, 1.0)
