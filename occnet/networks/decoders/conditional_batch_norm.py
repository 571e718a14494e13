"""The decoder of the 2019 paper: residual blocks over points whose batch norms are conditioned on the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.decoders.one_code_decoder import OneCodeDecoder
from occnet.networks.fast.products import Product
from occnet.networks.layers.norms import ConditionalBatchNorm

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class ConditionalBatchNormConfig:
    """How large the conditional-batch-norm decoder is; the defaults are the paper's."""

    hidden_channels: int = 256  # width of the blocks
    blocks: int = 5  # blocks
    residual: bool = True  # two layers around a shortcut a block; without, one layer a block (the paper's ablation)


class ConditionalBlock(nn.Module):
    """Two layers around a shortcut, each after a norm conditioned on the code: (B, N, C), (B, D) -> (B, N, C)."""

    def __init__(self, code_channels: int, channels: int) -> None:
        super().__init__()
        self.bn_0, self.bn_1 = ConditionalBatchNorm(code_channels, channels), ConditionalBatchNorm(code_channels, channels)
        self.fc_0, self.fc_1 = nn.Linear(channels, channels), nn.Linear(channels, channels)
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x: Float[Tensor, "b n c"], code: Float[Tensor, "b d"]) -> Float[Tensor, "b n c"]:
        y = self.fc_0(F.relu(self.bn_0(x, code)))
        return x + self.fc_1(F.relu(self.bn_1(y, code)))

    def folded(self, code: Float[Tensor, "b d"]) -> Callable[[Float[Tensor, "b n c"]], Float[Tensor, "b n c"]]:
        """The block in evaluation for codes (B, D), over rows: (B, N, C) -> (B, N, C); the second norm goes into fc_0."""
        return _each([self._folded(row) for row in code.split(1)])

    def _folded(self, code: Tensor) -> Callable[[Tensor], Tensor]:
        scale_0, shift_0 = self.bn_0.folded(code)
        scale_1, shift_1 = (row.view(-1) for row in self.bn_1.folded(code))
        first = Product(self.fc_0.weight * scale_1.unsqueeze(1), self.fc_0.bias * scale_1 + shift_1)
        second = Product(self.fc_1.weight, self.fc_1.bias)
        return lambda x: x + second(first(torch.addcmul(shift_0, x, scale_0).relu_(), relu=True))


class _PlainBlock(nn.Module):
    def __init__(self, code_channels: int, channels: int) -> None:
        super().__init__()
        self.bn_0 = ConditionalBatchNorm(code_channels, channels)
        self.fc_0 = nn.Linear(channels, channels)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        return self.fc_0(F.relu(self.bn_0(x, code)))

    def folded(self, code: Tensor) -> Callable[[Tensor], Tensor]:
        """The block in evaluation for codes (B, D), over rows: (B, N, C) -> (B, N, C)."""
        scale, shift = self.bn_0.folded(code)
        layer = Product(self.fc_0.weight, self.fc_0.bias)
        return lambda x: layer(torch.addcmul(shift, x, scale).relu_())


class ConditionalBatchNormDecoder(OneCodeDecoder):
    """Points (B, N, 3), code (B, C) -> logits (B, N).

    Occupancy Networks (Mescheder et al. 2019), supplementary sec. 1, "occupancy network decoder". A latent code, the
    last channels of the code, is added to the points' features; the rest conditions the norms.
    """

    Config = ConditionalBatchNormConfig

    def __init__(self, config: ConditionalBatchNormConfig, code_channels: dict[str, int]) -> None:
        hidden, code = config.hidden_channels, code_channels["code"]
        super().__init__(hidden, code_channels, adds_code=False)
        kind = ConditionalBlock if config.residual else _PlainBlock
        self.blocks = nn.ModuleList(kind(code, hidden) for _ in range(config.blocks))
        self.bn = ConditionalBatchNorm(code, hidden)
        self.fc_out = nn.Linear(hidden, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b n"]:
        x = self.first(points, code)  # (B, N, H)
        condition = code[..., : self.widths[0]]
        for block in self.blocks:
            x = block(x, condition)
        return self.fc_out(F.relu(self.bn(x, condition))).squeeze(-1).float()

    def bind(self, code: Float[Tensor, "b c"]) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n"]]:
        """The decoder in evaluation for one code, (B, N, 3) -> (B, N): norms folded; equal to forward."""
        first, condition = self.bound_first(code), code[..., : self.widths[0]]
        blocks = [block.folded(condition) for block in self.blocks if isinstance(block, (ConditionalBlock, _PlainBlock))]
        scale, shift = self.bn.folded(condition)
        last = Product(self.fc_out.weight, self.fc_out.bias)

        def run(points: Tensor) -> Tensor:
            x = first(points)
            for block in blocks:
                x = block(x)
            return last(torch.addcmul(shift, x, scale).relu_()).squeeze(-1).float()

        return run


def _each(bound: list[Callable[[Tensor], Tensor]]) -> Callable[[Tensor], Tensor]:
    """Functions of (1, N, C), one a code, as one of (B, N, C)."""
    if len(bound) == 1:
        return bound[0]
    return lambda x: torch.cat([one(rows) for one, rows in zip(bound, x.split(1), strict=True)])
