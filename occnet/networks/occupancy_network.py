"""The occupancy network: an encoder and a decoder, and the one bridge from them to meshing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from occnet.errors import ModelError
from occnet.networks.interfaces import Decoder, Encoder

_CHUNK = 2048  # queries at once: few enough that the working set stays in the cache


class OccupancyNetwork(nn.Module):
    """f(point, observation) -> logit, positive inside (Mescheder et al. 2019, sec. 3.1).

    recipe: the tables [encoder] and [decoder] that the network was built from; stored with its weights.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, recipe: dict[str, Any]) -> None:
        super().__init__()
        self.encoder, self.decoder, self.recipe = encoder, decoder, recipe

    @property
    def reads(self) -> str:
        """What the network is conditioned on: "points", "image" or "voxels"."""
        return self.encoder.reads

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return next(self.parameters()).device

    def forward(self, observation: Tensor, points: Tensor) -> Tensor:
        """Observation batch, points (B, N, 3) in the padded unit cube -> logits (B, N)."""
        return self.decoder(points, self.encoder(observation))

    def field(self, observation: Tensor) -> NetworkField:
        """The Field of one observation: for points, (N, 3) in the unit cube.

        Encodes once, in evaluation mode. Raises ModelError when the observation has the wrong shape.
        """
        if self.reads == "points" and (observation.ndim != 2 or observation.shape[1] != 3):
            raise ModelError(f"This model reads a point cloud of shape (N, 3), but was given {tuple(observation.shape)}.")
        self.eval()
        with torch.inference_mode(False), torch.no_grad():
            code = self.encoder(observation.to(self.device, torch.float32).unsqueeze(0))
            return NetworkField(self.decoder.bind(code), self.device)


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
