"""The tight box around a shape, found on the exact occupancy by climbing outward from surface points."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from occnet.shapes.block import Block
from occnet.shapes.parts import PlacedShape, Shape
from occnet.shapes.surface import Patches, candidates, crossing

PARENTS, FINALISTS, TRIES, CLIMBS = 24, 4, 240, 16


def tight_box(shape: Shape, generator: torch.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """Lowest and highest corner (3,) of the box around a shape, or None where it has hardly any surface.

    No closed form bounds what cuts and deformations leave, so each of the six extremes is searched: from the outermost surface
    points, steps of all lengths are tried, and the farthest that is still inside is kept.
    """
    device = torch.device("cpu")
    # Steps are measured in the unit cube, so a first rough frame comes from the parts' own samples.
    rough = Block([PlacedShape(shape, np.zeros(3), 1.0)], device)
    random = torch.rand(1, 4096, 5, generator=generator)
    points, _, _ = candidates(rough, Patches.of(rough, evenly=True), random)
    low, high = points[0].amin(dim=0).numpy(), points[0].amax(dim=0).numpy()
    center, scale = 0.5 * (low + high).astype(np.float64), float((high - low).max())
    block = Block([PlacedShape(shape, center, scale)], device)
    # Evenly: the tip of an aerial may be the extreme, though it has hardly any area.
    points, normals, weights = candidates(block, Patches.of(block, evenly=True), random)
    on_surface = (crossing(block, points, normals) != 0) & (weights > 0.0)
    points = points[on_surface]
    if len(points) < 64:
        return None
    low, high = _climb(block, points, generator)
    return low * scale + center, high * scale + center


def _climb(block: Block, surface: Tensor, generator: torch.Generator) -> tuple[np.ndarray, np.ndarray]:
    sides = torch.cat([torch.eye(3), -torch.eye(3)])  # (6, 3)
    best = (surface @ sides.T).topk(PARENTS, dim=0).indices.T
    parents = surface[best].unsqueeze(2)  # (6, PARENTS, 1, 3)
    for climb in range(CLIMBS):
        if climb == CLIMBS // 2:  # until here each climbed its own hill; now all effort goes to the highest few
            height = (parents * sides[:, None, None]).sum(dim=-1).squeeze(2)
            best = height.topk(FINALISTS, dim=1).indices
            parents = parents.gather(1, best[:, :, None, None].expand(-1, -1, 1, 3))
        count = parents.shape[1]
        length = 10.0 ** (-5.0 + 4.0 * torch.rand(6, count, TRIES // count, 1, generator=generator))
        steps = length * torch.randn(6, count, TRIES // count, 3, generator=generator)
        children = parents + steps
        inside = block.value(children.reshape(1, -1, 3)).view(children.shape[:3]) > 0.0
        height = torch.where(inside, (children * sides[:, None, None]).sum(dim=-1), -torch.inf)
        height = torch.cat([height, (parents * sides[:, None, None]).sum(dim=-1)], dim=2)
        best = height.argmax(dim=2)[:, :, None, None].expand(-1, -1, 1, 3)
        parents = torch.cat([children, parents], dim=2).gather(2, best)
    extreme = (parents * sides[:, None, None]).sum(dim=-1).amax(dim=(1, 2)).double().numpy()
    return -extreme[3:], extreme[:3]
