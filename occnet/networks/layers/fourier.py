"""Places as waves of several lengths: what lets a network of few layers tell near places apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float


class FourierFeatures(nn.Module):
    """Places (..., 3) -> (..., channels): the place itself, and sine and cosine of it at lengths 4, 2, 1, 1/2, ... edges.

    Mildenhall et al., NeRF, 2020, eq. 4.
    """

    factors: Float[Tensor, " f"]

    def __init__(self, frequencies: int) -> None:
        super().__init__()
        self.channels = 3 + 6 * frequencies
        self.register_buffer("factors", math.pi * 2.0 ** torch.arange(-1, frequencies - 1), persistent=False)

    def forward(self, places: Float[Tensor, "*b 3"]) -> Float[Tensor, "*b c"]:
        waves = (places.unsqueeze(-1) * self.factors).flatten(-2)
        return torch.cat([places, waves.sin(), waves.cos()], dim=-1)
