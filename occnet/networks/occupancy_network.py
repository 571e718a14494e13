"""The occupancy network: an encoder and a decoder, and the one bridge from them to meshing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from occnet.errors import ModelError
from occnet.networks.interfaces import Decoder, Encoder
from occnet.networks.network_field import NetworkField


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
