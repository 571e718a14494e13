"""A lattice of overlapping cubes over a box, and how much each of them counts where: a smooth partition of unity."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from occnet.vectors import smoothstep

PITCH = 0.75  # from one cube to the next, in their edges: a third of the way along an axis two cubes count


def tile_edge(longest: int) -> float:
    """The edge of each of so many tiles along the longest edge of a box, as a share of that edge."""
    return 1.0 / (1.0 + PITCH * (longest - 1))


@dataclass(frozen=True, eq=False)
class Tiles:
    """Cubes of one edge, at one distance from each other along each axis.

    Every place is counted by up to two cubes along each axis. The weight of a cube is one around its middle, falls smoothly
    to zero at its sides (an outermost cube's outer sides excepted, for nothing lies beyond), and the weights add up to one
    everywhere: a field that is blended by them is as smooth as its parts.
    """

    first: Tensor  # (3,) float64, the middle of the first cube
    counts: tuple[int, int, int]  # along each axis; cubes are numbered z first
    edge: float

    @staticmethod
    def over(bounds: Tensor, longest: int) -> Tiles:
        """As many cubes as are needed to cover bounds (2, 3) when `longest` of them lie along its longest edge."""
        if longest < 1:
            raise ValueError(f"There is at least 1 tile, but {longest} were asked for.")
        low, high = bounds.to("cpu", torch.float64)
        edges = high - low
        edge = float(edges.max()) * tile_edge(longest)
        counts = [1 + max(0, math.ceil((length - edge) / (PITCH * edge) - 1e-6)) for length in edges.tolist()]
        middle = low + 0.5 * edges
        first = middle - 0.5 * PITCH * edge * (torch.tensor(counts, dtype=torch.float64) - 1.0)
        return Tiles(first, (counts[0], counts[1], counts[2]), edge)

    def to_unit(self, places: Tensor, tile: int) -> Tensor:
        """Places (N, 3) in the unit cube of a tile, float32."""
        return ((places.double() - self._middle(tile).to(places.device)) / self.edge).float()

    def to_scene(self, unit: Tensor, tile: int) -> Tensor:
        """Places (N, 3) in the unit cube of a tile, in the scene, float32."""
        return (unit.double() * self.edge + self._middle(tile).to(unit.device)).float()

    def covering(self, places: Tensor) -> Iterator[tuple[int, Tensor, Tensor]]:
        """For each tile that counts at some of the places (N, 3): its number, the indices of those, and its weights there."""
        lower, share = self._along_axes(places)
        chosen, numbers, weights = [], [], []
        for corner in range(8):
            far = torch.tensor([corner >> 2 & 1, corner >> 1 & 1, corner & 1], dtype=torch.bool, device=places.device)
            weight = torch.where(far, share, 1.0 - share).prod(dim=1)
            counted = (weight > 0.0).nonzero().squeeze(1)
            cells = lower[counted] + far
            chosen.append(counted)
            numbers.append((cells[:, 0] * self.counts[1] + cells[:, 1]) * self.counts[2] + cells[:, 2])
            weights.append(weight[counted])
        number, order = torch.cat(numbers).sort(stable=True)
        tiles, sizes = number.unique_consecutive(return_counts=True)
        indices, shares = (torch.cat(part)[order].split(sizes.tolist()) for part in (chosen, weights))
        yield from zip(tiles.tolist(), indices, shares, strict=True)

    def _along_axes(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """The lower of the two cubes around each place along each axis, (N, 3), and the share of the upper one, (N, 3)."""
        counts = torch.tensor(self.counts, device=places.device)
        steps = (places.double() - self.first.to(places.device)) / (PITCH * self.edge)
        lower = steps.floor().clamp(min=torch.zeros_like(counts), max=(counts - 2).clamp_min(0)).long()
        half = min(0.5, 0.5 / PITCH - 0.5)  # of the zone where two count, in steps: it ends at the sides of the cubes
        ramp = (steps - lower - 0.5 + half) / (2.0 * half)
        return lower, (smoothstep(ramp) * (counts > 1)).float()

    def _middle(self, tile: int) -> Tensor:
        x, rest = divmod(tile, self.counts[1] * self.counts[2])
        y, z = divmod(rest, self.counts[2])
        return self.first + PITCH * self.edge * torch.tensor([x, y, z], dtype=torch.float64)
