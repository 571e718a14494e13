"""Batches of procedural shapes: exact occupancy and surface samples, the same shape for the same seed and number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from occnet.field import Field, Numbers, points_of
from occnet.shapes.families import FAMILIES
from occnet.shapes.parts import PlacedShape
from occnet.shapes.placing import placed_shapes
from occnet.shapes.shape_layout import ShapeLayout, shapes_at_once
from occnet.shapes.surface import sample_surface


@dataclass(frozen=True)
class ShapeField:
    """The field of one shape: points (N, 3) -> values (N,), > 0 exactly inside, about a distance near the surface."""

    layout: ShapeLayout

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        return self.layout.value(points.unsqueeze(0)).squeeze(0).to(points.device)


class ShapeBatch:
    """Shapes in the unit cube [-0.5, 0.5]^3: each centred, the longest edge of its box 1, y up."""

    def __init__(self, placed: Sequence[PlacedShape], device: torch.device | str = "cpu", at_once: int | None = None) -> None:
        """at_once: how many shapes are laid out side by side; by default one on a CPU, whose cache it fits, else 64."""
        self.placed = list(placed)
        self.device = torch.device(device)
        size = at_once or shapes_at_once(self.device)
        self._layouts = [
            ShapeLayout(self.placed[start : start + size], self.device) for start in range(0, len(self.placed), size)
        ]

    def __len__(self) -> int:
        return len(self.placed)

    @property
    def names(self) -> list[str]:
        """The name of the family of each shape."""
        return [placed.shape.name for placed in self.placed]

    def occupancy(self, points: Tensor) -> Tensor:
        """Whether each point lies inside its shape, (B, N) bool. points: (B, N, 3) float32 in the unit cube.

        Raises ValueError when points do not have one row for each shape.
        """
        if points.ndim != 3 or points.shape[0] != len(self) or points.shape[2] != 3:
            raise ValueError(f"points must have shape ({len(self)}, N, 3), but have {tuple(points.shape)}.")
        pieces = points.split([layout.count for layout in self._layouts])
        return torch.cat([layout.value(piece) > 0.0 for layout, piece in zip(self._layouts, pieces, strict=True)])

    def surface(self, count: int, *, seed: int | Sequence[int]) -> tuple[Tensor, Tensor]:
        """Points (B, count, 3) float32 on the surface, uniform by area, and outward unit normals (B, count, 3) float32.

        seed: of all shapes, or one of each. The points of a shape depend on the shape and its seed alone, not on the batch
        around it; nor on the device, up to the rounding of its arithmetic.
        """
        seeds = iter([seed] * len(self) if isinstance(seed, int) else seed)
        results = [sample_surface(layout, count, list(islice(seeds, layout.count))) for layout in self._layouts]
        return torch.cat([points for points, _ in results]), torch.cat([normals for _, normals in results])

    def field(self, index: int) -> Field:
        """The field of one shape, to be meshed or evaluated."""
        return ShapeField(ShapeLayout([self.placed[index]], self.device))


def sample_shapes(
    count: int,
    *,
    seed: int,
    first: int = 0,
    device: torch.device | str = "cpu",
    tight: bool = True,
    family: str | None = None,
) -> ShapeBatch:
    """Shapes number first to first + count - 1 of the endless series of a seed.

    Shape i of a seed is always the same, whatever the batch. tight: whether the box that is moved into the unit cube is
    sought to the last (see `tight_box`), or roughly, in a fifth of the time (see `rough_boxes`). family: the series of one
    family (a name in `occnet.shapes.families.FAMILIES`) instead of the mixed one.

    Raises ValueError when count is below 1, a number is negative, or there is no such family.
    """
    if count < 1 or seed < 0 or first < 0:
        raise ValueError(f"count must be at least 1, seed and first at least 0, but they are {count}, {seed} and {first}.")
    if family is not None and family not in FAMILIES:
        raise ValueError(f"There is no family {family!r}; the families are: {', '.join(sorted(FAMILIES))}.")
    numbers = range(first, first + count)
    return ShapeBatch(placed_shapes(numbers, seed=seed, tight=tight, family=family, device=device), device)
