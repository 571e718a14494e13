"""A network with one observation bound to it: the Field that leaves the room of networks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from occnet.field import Numbers, tensor_of
from occnet.networks.fast.worker_threads import in_threads

_CHUNK = 2048  # queries at once: few enough that the working set stays in the cache, enough to hide the calls
_DEVICE_CHUNK = 1 << 17  # on an accelerator: enough that its calls are no longer what takes the time
_LEAST_CHUNK = 1024  # where there are more threads than chunks


class NetworkField:
    """A decoder with one observation bound to it: points (N, 3) -> logits (N,), > 0 inside.

    Evaluates in cache-sized chunks, on the CPU a chunk a thread. Carries gradients to points that ask for them, never to the
    weights.
    """

    def __init__(self, logits: Callable[[Tensor], Tensor], device: torch.device) -> None:
        self._logits, self.device = logits, device

    def __call__(self, points: Numbers) -> Tensor:
        points = tensor_of(points).to(self.device, torch.float32)
        if not len(points):
            return points.new_zeros(0)
        if points.requires_grad and torch.is_grad_enabled():
            return torch.cat([self._logits(chunk.unsqueeze(0)).squeeze(0) for chunk in points.split(_CHUNK)])
        if self.device.type != "cpu":
            with torch.no_grad():
                return torch.cat([self._logits(chunk.unsqueeze(0)).squeeze(0) for chunk in points.split(_DEVICE_CHUNK)])
        share = -(-len(points) // torch.get_num_threads())
        chunks = points.unsqueeze(0).split(min(_CHUNK, max(_LEAST_CHUNK, share)), dim=1)
        return torch.cat(in_threads(self._logits, chunks), dim=1).squeeze(0)
