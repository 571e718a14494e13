"""The simplest decoder: point and code are concatenated, and residual blocks without norms follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.decoders.one_code_decoder import OneCodeDecoder
from occnet.networks.fast.products import Product
from occnet.networks.layers.residual import ResidualBlock

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class ConcatenationConfig:
    """How large the decoder is; the defaults are those of the published unconditional models."""

    hidden_channels: int = 128  # width of the blocks
    blocks: int = 5  # residual blocks


class ConcatenationDecoder(OneCodeDecoder):
    """Points (B, N, 3), code (B, C) -> logits (B, N).

    The linear layer over the concatenation [point, latent code, code] is kept in its three parts, so that the codes'
    products are computed once a shape. Occupancy Networks (Mescheder et al. 2019), sec. 4.5; the published code's
    "simple" decoder.
    """

    Config = ConcatenationConfig

    def __init__(self, config: ConcatenationConfig, code_channels: dict[str, int]) -> None:
        super().__init__(config.hidden_channels, code_channels, adds_code=True)
        width = config.hidden_channels
        self.blocks = nn.ModuleList(ResidualBlock(width, width) for _ in range(config.blocks))
        self.fc_out = nn.Linear(width, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b n"]:
        x = self.first(points, code)  # (B, N, H)
        for block in self.blocks:
            x = block(x)
        return self.fc_out(F.relu(x)).squeeze(-1).float()

    def bind(self, code: Float[Tensor, "b c"]) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n"]]:
        """The decoder for one code, (B, N, 3) -> (B, N), with the code's part of the first layer computed once."""
        first, last = self.bound_first(code), Product(self.fc_out.weight, self.fc_out.bias)
        blocks = [
            (Product(block.fc_0.weight, block.fc_0.bias), Product(block.fc_1.weight, block.fc_1.bias))
            for block in self.blocks
            if isinstance(block, ResidualBlock)
        ]

        def run(points: Tensor) -> Tensor:
            x = first(points)
            for inner, outer in blocks:
                x = x + outer(inner(F.relu(x), relu=True))
            return last(F.relu(x)).squeeze(-1).float()

        return run
