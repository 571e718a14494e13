"""The tight box around a shape, found on the exact occupancy by climbing outward from surface points."""

from __future__ import annotations

import numpy as np
import torch

from occnet.shapes.block import Block
from occnet.shapes.parts import Shape
from occnet.shapes.surface import Patches, candidates, crossing

PARENTS, CHILDREN, CLIMBS = 4, 64, 14


def tight_box(shape: Shape, generator: torch.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """Lowest and highest corner (3,) of the box around a shape, or None where it has hardly any surface.

    No closed form bounds what cuts and deformations leave, so each of the six extremes is searched: from the outermost surface
    points, steps of all lengths are tried, and the farthest that is still inside is kept.
    """
    device = torch.device("cpu")
    # Steps are measured in the unit cube, so a first rough frame comes from the parts' own samples.
    rough = Block([shape], [np.zeros(3)], [1.0], device)
    random = torch.rand(1, 2048, 5, generator=generator)
    points, _, _ = candidates(rough, Patches.of(rough), random)
    low, high = points[0].amin(dim=0).numpy(), points[0].amax(dim=0).numpy()
    center, scale = 0.5 * (low + high).astype(np.float64), float((high - low).max())
    block = Block([shape], [center], [scale], device)
    points, normals, weights = candidates(block, Patches.of(block), random)
    on_surface = (crossing(block, points, normals) != 0) & (weights > 0.0)
    points = points[on_surface]
    if len(points) < 64:
        return None
    low, high = _climb(block, points, generator)
    return low * scale + center, high * scale + center


def _climb(block: Block, surface: torch.Tensor, generator: torch.Generator) -> tuple[np.ndarray, np.ndarray]:
    sides = torch.cat([torch.eye(3), -torch.eye(3)])  # (6, 3)
    best = (surface @ sides.T).topk(PARENTS, dim=0).indices.T  # (6, PARENTS)
    parents = surface[best]  # (6, PARENTS, 3)
    for _ in range(CLIMBS):
        length = 10.0 ** (-5.0 + 4.0 * torch.rand(6, PARENTS, CHILDREN, 1, generator=generator))
        steps = length * torch.randn(6, PARENTS, CHILDREN, 3, generator=generator)
        children = (parents[:, :, None] + steps).flatten(1, 2)  # (6, P * C, 3)
        inside = block.value(children.reshape(1, -1, 3)).view(6, -1) > 0.0
        height = torch.where(inside, torch.einsum("snc,sc->sn", children, sides), -torch.inf)
        everyone = torch.cat([children, parents], dim=1)
        height = torch.cat([height, torch.einsum("snc,sc->sn", parents, sides)], dim=1)
        best = height.topk(PARENTS, dim=1).indices
        parents = everyone.gather(1, best[:, :, None].expand(-1, -1, 3))
    extreme = torch.einsum("snc,sc->sn", parents, sides).amax(dim=1).double().numpy()
    return -extreme[3:], extreme[:3]
