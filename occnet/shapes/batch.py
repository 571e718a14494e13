"""Batches of procedural shapes: exact occupancy and surface samples, the same shape for the same seed and number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from occnet.field import Field
from occnet.shapes.block import Block
from occnet.shapes.families import draw_shape
from occnet.shapes.frames import tight_box
from occnet.shapes.parts import Shape
from occnet.shapes.surface import Patches, sample_surface

SHAPES_AT_ONCE = 64  # on an accelerator; a CPU takes them one by one, which keeps its cache warm
LEAST_FRACTION, MOST_FRACTION = 0.0025, 0.85
"""The shares of the unit cube that a shape may fill; what fills less or more is drawn anew."""


@dataclass(frozen=True)
class ShapeField:
    """The field of one shape: points (N, 3) -> values (N,), > 0 exactly inside, at most the distance to the surface."""

    block: Block

    def __call__(self, points: Tensor) -> Tensor:
        return self.block.value(points.unsqueeze(0)).squeeze(0).to(points.device)


class ShapeBatch:
    """Shapes in the unit cube [-0.5, 0.5]^3: each centred, the longest edge of its box 1, y up."""

    def __init__(self, shapes: list[Shape], centers: list[np.ndarray], scales: list[float], device: torch.device) -> None:
        self.shapes = shapes
        self.device = device
        self._centers, self._scales = centers, scales
        size = 1 if device.type == "cpu" else SHAPES_AT_ONCE
        self._blocks = [
            Block(shapes[start : start + size], centers[start : start + size], scales[start : start + size], device)
            for start in range(0, len(shapes), size)
        ]

    def __len__(self) -> int:
        return len(self.shapes)

    @property
    def names(self) -> list[str]:
        """The name of the family of each shape."""
        return [shape.name for shape in self.shapes]

    def occupancy(self, points: Tensor) -> Tensor:
        """Whether each point lies inside its shape, (B, N) bool. points: (B, N, 3) float32 in the unit cube."""
        return torch.cat([block.value(points[piece]) > 0.0 for block, piece in self._pieces()])

    def surface(self, count: int, *, seed: int) -> tuple[Tensor, Tensor]:
        """Points (B, count, 3) float32 on the surface, uniform by area, and outward unit normals (B, count, 3) float32.

        The points of a shape depend on the shape and the seed alone, not on the batch around it.
        """
        results = []
        for block, piece in self._pieces():
            generators = []
            for index in range(piece.start, piece.stop):
                words = np.random.SeedSequence([seed, self._fingerprint(index)]).generate_state(1, np.uint64)
                generators.append(torch.Generator(self.device).manual_seed(int(words[0] >> np.uint64(1))))
            results.append(sample_surface(block, Patches.of(block), count, generators))
        points, normals = zip(*results, strict=True)
        return torch.cat(points), torch.cat(normals)

    def field(self, index: int) -> Field:
        """The field of one shape, to be meshed or evaluated."""
        return ShapeField(Block([self.shapes[index]], [self._centers[index]], [self._scales[index]], self.device))

    def _pieces(self) -> list[tuple[Block, slice]]:
        stops = np.cumsum([block.count for block in self._blocks])
        return [(block, slice(int(stop) - block.count, int(stop))) for block, stop in zip(self._blocks, stops, strict=True)]

    def _fingerprint(self, index: int) -> int:
        return int(np.float64(self._scales[index]).view(np.uint64))


def sample_shapes(count: int, *, seed: int, first: int = 0, device: torch.device | str = "cpu") -> ShapeBatch:
    """Shapes number first to first + count - 1 of the endless series of a seed.

    Shape i of a seed is always the same, whatever the batch. Raises ValueError when count is below 1 or a number is negative.
    """
    if count < 1 or seed < 0 or first < 0:
        raise ValueError(f"count must be at least 1, seed and first at least 0, but they are {count}, {seed} and {first}.")
    drawn = [_draw(seed, first + number) for number in range(count)]
    shapes, centers, scales = map(list, zip(*drawn, strict=True))
    return ShapeBatch(shapes, centers, scales, torch.device(device))


def _draw(seed: int, number: int) -> tuple[Shape, np.ndarray, float]:
    for attempt in range(100):
        random = np.random.default_rng([seed, number, attempt])
        shape = draw_shape(random)
        generator = torch.Generator().manual_seed(int(random.integers(2**62)))
        box = tight_box(shape, generator)
        if box is None:
            continue
        center, scale = 0.5 * (box[0] + box[1]), float((box[1] - box[0]).max())
        probes = torch.rand(1, 8192, 3, generator=generator) - 0.5
        fraction = float((Block([shape], [center], [scale], torch.device("cpu")).value(probes) > 0.0).float().mean())
        if LEAST_FRACTION <= fraction <= MOST_FRACTION:
            return shape, center, scale
    raise AssertionError(f"shape {number} of seed {seed} stayed degenerate")
