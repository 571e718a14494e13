"""Where a point lies as seen from a neighbour, in numbers that stay small: what an encoder and a decoder of points read."""

from __future__ import annotations

import torch
from torch import Tensor


def bounded(offset: Tensor, scale: Tensor, limit: float = 4.0) -> Tensor:
    """Offsets (..., 3) in units of scale (..., 1) with their length squashed below limit; length appended, (..., 4)."""
    offset = offset / scale
    length = offset.norm(dim=-1, keepdim=True)
    shrink = 1.0 / (1.0 + length / limit)
    return torch.cat([offset * shrink, length * shrink], dim=-1)
