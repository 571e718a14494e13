"""An ablation of the 2019 paper: the decoder with ordinary batch norms, where the code is added to the points' features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.decoders.one_code_decoder import OneCodeDecoder
from occnet.networks.fast.products import Product
from occnet.networks.layers.norms import BatchNorm

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class BatchNormConfig:
    """How large the batch-norm decoder is; the defaults are those of the published code."""

    hidden_channels: int = 256  # width of the blocks
    blocks: int = 5  # residual blocks


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn_0, self.bn_1 = BatchNorm(channels), BatchNorm(channels)
        self.fc_0, self.fc_1 = nn.Linear(channels, channels), nn.Linear(channels, channels)
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc_0(F.relu(self.bn_0(x)))
        return x + self.fc_1(F.relu(self.bn_1(y)))

    def folded(self) -> Callable[[Tensor], Tensor]:
        """The block in evaluation: (B, N, C) -> (B, N, C); the second norm goes into fc_0."""
        scale_0, shift_0 = self.bn_0.folded()
        scale_1, shift_1 = self.bn_1.folded()
        first = Product(self.fc_0.weight * scale_1.unsqueeze(1), self.fc_0.bias * scale_1 + shift_1)
        second = Product(self.fc_1.weight, self.fc_1.bias)
        return lambda x: x + second(first(torch.addcmul(shift_0, x, scale_0).relu_(), relu=True))


class BatchNormDecoder(OneCodeDecoder):
    """Points (B, N, 3), code (B, C) -> logits (B, N).

    Occupancy Networks (Mescheder et al. 2019), sec. 4.6, "without conditional batch normalization".
    """

    Config = BatchNormConfig

    def __init__(self, config: BatchNormConfig, code_channels: dict[str, int]) -> None:
        super().__init__(config.hidden_channels, code_channels, adds_code=True)
        self.blocks = nn.ModuleList(_Block(config.hidden_channels) for _ in range(config.blocks))
        self.bn = BatchNorm(config.hidden_channels)
        self.fc_out = nn.Linear(config.hidden_channels, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b n"]:
        x = self.first(points, code)  # (B, N, H)
        for block in self.blocks:
            x = block(x)
        return self.fc_out(F.relu(self.bn(x))).squeeze(-1).float()

    def bind(self, code: Float[Tensor, "b c"]) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n"]]:
        """The decoder in evaluation for one code, (B, N, 3) -> (B, N): norms folded; equal to forward."""
        first, (scale, shift) = self.bound_first(code), self.bn.folded()
        blocks = [block.folded() for block in self.blocks if isinstance(block, _Block)]
        last = Product(self.fc_out.weight, self.fc_out.bias)

        def run(points: Tensor) -> Tensor:
            x = first(points)
            for block in blocks:
                x = block(x)
            return last(torch.addcmul(shift, x, scale).relu_()).squeeze(-1).float()

        return run
