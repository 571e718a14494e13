"""The simplest decoder: point and code are concatenated, and residual blocks without norms follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Decoder
from occnet.networks.residual import ResidualBlock


@dataclass(frozen=True)
class ConcatenationConfig:
    """How large the decoder is; the defaults are those of the published unconditional models."""

    hidden_channels: int = 128  # width of the blocks
    blocks: int = 5  # residual blocks


class ConcatenationDecoder(Decoder):
    """Points (B, N, 3), code (B, C) -> logits (B, N).

    The linear layer over the concatenation [point, latent code, code] is kept in its three parts, so that the codes'
    products are computed once a shape. Occupancy Networks (Mescheder et al. 2019), sec. 4.5; the published code's
    "simple" decoder.
    """

    reads: ClassVar[type] = Tensor
    Config = ConcatenationConfig

    def __init__(self, config: ConcatenationConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden, code, latent = config.hidden_channels, code_channels["code"], code_channels.get("latent", 0)
        self.widths = [code, latent]
        self.fc_p = nn.Linear(3, hidden)
        self.fc_z = nn.Linear(latent, hidden) if latent else None
        self.fc_c = nn.Linear(code, hidden) if code else None
        self.blocks = nn.ModuleList(ResidualBlock(hidden, hidden) for _ in range(config.blocks))
        self.fc_out = nn.Linear(hidden, 1)

    def forward(self, points: Tensor, code: Tensor) -> Tensor:
        return self.bind(code)(points)

    def bind(self, code: Tensor) -> Callable[[Tensor], Tensor]:
        """The decoder for one code, (B, N, 3) -> (B, N), with the code's part of the first layer computed once."""
        code, latent = code.split(self.widths, dim=-1)
        start = self.fc_p.bias
        for layer, part in ((self.fc_z, latent), (self.fc_c, code)):
            start = start if layer is None else start + layer(part).unsqueeze(1)

        def run(points: Tensor) -> Tensor:
            x = F.linear(points, self.fc_p.weight) + start  # (B, N, H)
            for block in self.blocks:
                x = block(x)
            return self.fc_out(F.relu(x)).squeeze(-1).float()

        return run
