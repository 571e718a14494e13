"""A network with one observation bound to it: the Field that leaves the room of networks, and its cheaper version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

from occnet.networks.grid import PADDED_EDGE
from occnet.networks.interfaces import Decoder

_CHUNK = 4096  # queries at once: few enough that the working set stays in the cache, enough to hide the calls
_SAMPLES = 2048  # points on which the error of the cheap version is measured
_BAND = 8.0  # root mean square errors; the largest of 32,768 was 4.5 of them


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


class DenseNetworkField(NetworkField):
    """A NetworkField that offers a cheaper version of itself to an extraction, for what is far from the surface."""

    def coarse(self, points: Tensor) -> Tensor:
        """Logits (N,) by products in bfloat16; their side of a level is right if they are coarse_band away from it."""
        with torch.autocast(self.device.type, torch.bfloat16), torch.no_grad():
            return self(points)

    @cached_property
    def coarse_band(self) -> float:
        """Eight times the root mean square error of `coarse`, in logits, on points spread evenly over the padded cube."""
        points = (SobolEngine(3).draw(_SAMPLES).to(self.device) - 0.5) * PADDED_EDGE
        return _BAND * float((self.coarse(points) - self(points)).square().mean().sqrt())


def network_field(decoder: Decoder, code: Any, device: torch.device) -> NetworkField:
    """The field of a decoder and one code; with a cheaper version where bfloat16 makes the decoder faster on the device."""
    kind = DenseNetworkField if decoder.dense and has_bfloat16(device) else NetworkField
    return kind(decoder.bind(code), device)


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies matrices in bfloat16 faster than in float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = getattr(torch.cpu, "get_capabilities", dict)  # not in every torch that will do
    return device.type == "cpu" and bool(capabilities().get("avx512_bf16", False))
