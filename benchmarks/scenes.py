"""Solids with exact occupancy to scan densely: procedural shapes, and scenes of several of them on a floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from occnet.shapes import ShapeBatch, sample_shapes

FIRST = 1_000_000  # of the endless series; the shipped models were trained on shapes below it
FLOOR = 0.06  # thickness, in edges of the scene
SUNK = 0.003  # how far things stand in the floor, so that they are one solid with it


@dataclass(frozen=True, eq=False)
class Solid:
    """Something to scan, in about the unit cube."""

    points: Tensor  # (N, 3) float32 on its surface, uniform by area
    normals: Tensor  # (N, 3) outward
    occupancy: Callable[[Tensor], Tensor]  # (Q, 3) -> (Q,) bool


def single_shape(number: int, points: int) -> Solid:
    """A procedural shape that no training has seen."""
    shape = sample_shapes(1, seed=0, first=FIRST + number)
    surface, normals = shape.surface(points, seed=number)
    return Solid(surface[0], normals[0], lambda places: shape.occupancy(places[None])[0])


@dataclass(frozen=True, eq=False)
class Placed:
    """A shape at its place in a scene: turned about y, scaled and moved."""

    shape: ShapeBatch
    scale: float
    turn: Tensor  # (3, 3)
    position: Tensor  # (3,)

    def occupancy(self, places: Tensor) -> Tensor:
        """Whether each place (N, 3) of the scene lies inside."""
        unit = (places - self.position) @ self.turn / self.scale
        result = torch.zeros(len(places), dtype=torch.bool)
        near = (unit.abs() < 0.52).all(dim=1)
        if near.any():
            result[near] = self.shape.occupancy(unit[near][None])[0]
        return result

    def surface(self, count: int) -> tuple[Tensor, Tensor]:
        """Points and normals, (count, 3) each, in the scene."""
        points, normals = self.shape.surface(count, seed=2)
        return self.scale * points[0] @ self.turn.T + self.position, normals[0] @ self.turn.T


def scene(number: int, points: int, side: int = 3) -> Solid:
    """side x side shapes on a square floor of edge 1."""
    generator = np.random.default_rng(number)
    things = [_placed(FIRST + 500 + number * side**2 + place, place, side, generator) for place in range(side**2)]

    def occupancy(places: Tensor) -> Tensor:
        inside = (places[:, [0, 2]].abs() < 0.5).all(dim=1) & (places[:, 1] < 0) & (places[:, 1] > -FLOOR)
        for thing in things:
            inside |= thing.occupancy(places)
        return inside

    areas = np.array([2.2 * thing.scale**2 for thing in things] + [2.0 + 4.0 * FLOOR])  # of things: roughly
    counts = (3 * points * areas / areas.sum()).astype(int) + 1
    parts = [thing.surface(count) for thing, count in zip(things, counts[:-1].tolist(), strict=True)]
    parts.append(_floor(int(counts[-1]), generator))
    surface, normals = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
    outer = (~occupancy(surface + 2e-3 * normals)).nonzero().squeeze(1)  # what is not inside another thing
    chosen = outer[torch.from_numpy(generator.permutation(len(outer))[:points])]
    return Solid(surface[chosen], normals[chosen], occupancy)


def _placed(first: int, place: int, side: int, generator: np.random.Generator) -> Placed:
    shape = sample_shapes(1, seed=0, first=first)
    scale, angle = 0.8 / side * generator.uniform(0.6, 1.0), generator.uniform(0.0, 2.0 * np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    lowest = float(shape.surface(4000, seed=1)[0][0, :, 1].min())
    x, z = (place % side + 0.5) / side - 0.5, (place // side + 0.5) / side - 0.5
    turn = torch.tensor([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]], dtype=torch.float32)
    return Placed(shape, float(scale), turn, torch.tensor([x, -lowest * scale - SUNK, z], dtype=torch.float32))


def _floor(count: int, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    points = generator.uniform([-0.5, -FLOOR, -0.5], [0.5, 0.0, 0.5], (count, 3))
    axis = generator.choice(3, count, p=np.array([FLOOR, 1.0, FLOOR]) / (1.0 + 2.0 * FLOOR))
    upper = generator.random(count) < 0.5
    low, high = np.array([-0.5, -FLOOR, -0.5]), np.array([0.5, 0.0, 0.5])
    rows = np.arange(count)
    points[rows, axis] = np.where(upper, high[axis], low[axis])
    normals = np.zeros((count, 3))
    normals[rows, axis] = np.where(upper, 1.0, -1.0)
    return torch.from_numpy(points).float(), torch.from_numpy(normals).float()
