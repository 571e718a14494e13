"""The colours of procedural shapes, whose parts are made of materials."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.shapes.parts import Part, PlacedShape
from occnet.shapes.shape_layout import ShapeLayout


def surface_colors(placed: PlacedShape, points: NDArray) -> NDArray[np.uint8] | None:
    """The colours (N, 3) sRGB of a shape at points (N, 3) of the unit cube on its surface; None where no part has a material.

    A point has the colour of the part that it lies deepest in; a part without a material is grey.
    """
    parts = [part for solid in placed.shape.solids for part in solid.parts]
    if all(part.material is None for part in parts):
        return None
    layout = ShapeLayout([placed], torch.device("cpu"))
    owners, undeformed = layout.owning_parts(torch.from_numpy(np.asarray(points, dtype=np.float32)))
    result = np.full((len(points), 3), 0.6)
    where: Tensor
    for slot, part in enumerate(layout.parts):
        where = owners == slot
        if part.material is not None and bool(where.any()):
            result[where.numpy()] = part.material.colors(_own(part, undeformed[where].double().numpy()))
    return np.rint(255.0 * result).astype(np.uint8)


def _own(part: Part, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (N, 3) of the shape in the part's own coordinates."""
    return (points - part.position) @ part.rotation
