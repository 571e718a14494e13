"""A network with one observation bound to it: the Field that leaves the room of networks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_CHUNK = 4096  # queries at once: few enough that the working set stays in the cache, enough to hide the calls


class NetworkField:
    """A decoder with one observation bound to it: points (N, 3) -> logits (N,), > 0 inside.

    Evaluates in cache-sized chunks. Carries gradients to points that ask for them, never to the weights.
    """

    def __init__(self, logits: Callable[[Tensor], Tensor], device: torch.device) -> None:
        self._logits, self.device = logits, device

    def __call__(self, points: Tensor) -> Tensor:
        points = points.to(self.device, torch.float32)
        if not len(points):
            return points.new_zeros(0)
        with torch.set_grad_enabled(points.requires_grad and torch.is_grad_enabled()):
            chunks = [self._logits(chunk.unsqueeze(0)).squeeze(0) for chunk in points.split(_CHUNK)]
        return torch.cat(chunks)
