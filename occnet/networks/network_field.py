"""A network with one observation bound to it: the Field that leaves the room of networks, and its cheaper version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

from occnet.cube import PADDED_EDGE
from occnet.networks.devices import has_bfloat16
from occnet.networks.interfaces import Decoder
from occnet.networks.worker_threads import in_threads

_CHUNK = 2048  # queries at once: few enough that the working set stays in the cache, enough to hide the calls
_DEVICE_CHUNK = 1 << 17  # on an accelerator: enough that its calls are no longer what takes the time
_LEAST_CHUNK = 1024  # where there are more threads than chunks
_SAMPLES = 2048  # points on which the error of the cheap version is measured
_BAND = 8.0  # root mean square errors; the largest of 32,768 was 4.5 of them


class NetworkField:
    """A decoder with one observation bound to it: points (N, 3) -> logits (N,), > 0 inside.

    Evaluates in cache-sized chunks, on the CPU a chunk a thread. Carries gradients to points that ask for them, never to the
    weights.
    """

    def __init__(self, logits: Callable[[Tensor], Tensor], device: torch.device) -> None:
        self._logits, self.device = logits, device

    def __call__(self, points: Tensor) -> Tensor:
        return self._evaluated(points, self._logits)

    def _evaluated(self, points: Tensor, logits: Callable[[Tensor], Tensor]) -> Tensor:
        points = points.to(self.device, torch.float32)
        if not len(points):
            return points.new_zeros(0)
        if points.requires_grad and torch.is_grad_enabled():
            return torch.cat([logits(chunk.unsqueeze(0)).squeeze(0) for chunk in points.split(_CHUNK)])
        if self.device.type != "cpu":
            with torch.no_grad():
                return torch.cat([logits(chunk.unsqueeze(0)).squeeze(0) for chunk in points.split(_DEVICE_CHUNK)])
        share = -(-len(points) // torch.get_num_threads())
        chunks = points.unsqueeze(0).split(min(_CHUNK, max(_LEAST_CHUNK, share)), dim=1)
        return torch.cat(in_threads(logits, chunks), dim=1).squeeze(0)


class DenseNetworkField(NetworkField):
    """A NetworkField that offers a cheaper version of itself to an extraction, for what is far from the surface."""

    def coarse(self, points: Tensor) -> Tensor:
        """Logits (N,) by products in bfloat16; their side of a level is right if they are coarse_band away from it."""
        return self._evaluated(points.detach(), self._coarse_logits)

    def _coarse_logits(self, points: Tensor) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16):  # of the thread that computes
            return self._logits(points)

    @cached_property
    def coarse_band(self) -> float:
        """Eight times the root mean square error of `coarse`, in logits, on points spread evenly over the padded cube."""
        points = (SobolEngine(3).draw(_SAMPLES).to(self.device) - 0.5) * PADDED_EDGE
        return _BAND * float((self.coarse(points) - self(points)).square().mean().sqrt())


def network_field(decoder: Decoder, code: Any, device: torch.device) -> NetworkField:
    """The field of a decoder and one code; with a cheaper version where bfloat16 makes the decoder faster on the device."""
    kind = DenseNetworkField if decoder.dense and has_bfloat16(device) else NetworkField
    return kind(decoder.bind(code), device)
