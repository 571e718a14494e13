"""The decoder of the 2019 paper: residual blocks over points whose batch norms are conditioned on the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class ConditionalBatchNormConfig:
    """How large the conditional-batch-norm decoder is; the defaults are the paper's."""

    hidden_channels: int = 256  # width of the blocks
    blocks: int = 5  # residual blocks


class ConditionalBatchNorm(nn.Module):
    """Batch norm over points whose scale and shift are linear in the code: (B, C, N), (B, D) -> (B, C, N)."""

    def __init__(self, code_channels: int, channels: int) -> None:
        super().__init__()
        self.conv_gamma, self.conv_beta = nn.Conv1d(code_channels, channels, 1), nn.Conv1d(code_channels, channels, 1)
        self.bn = nn.BatchNorm1d(channels, affine=False)
        for layer, bias in ((self.conv_gamma, nn.init.ones_), (self.conv_beta, nn.init.zeros_)):
            nn.init.zeros_(layer.weight)
            assert layer.bias is not None
            bias(layer.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        code = code.unsqueeze(-1)
        return self.conv_gamma(code) * self.bn(x) + self.conv_beta(code)


class _Block(nn.Module):
    def __init__(self, code_channels: int, channels: int) -> None:
        super().__init__()
        self.bn_0, self.bn_1 = ConditionalBatchNorm(code_channels, channels), ConditionalBatchNorm(code_channels, channels)
        self.fc_0, self.fc_1 = nn.Conv1d(channels, channels, 1), nn.Conv1d(channels, channels, 1)
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        y = self.fc_0(F.relu(self.bn_0(x, code)))
        return x + self.fc_1(F.relu(self.bn_1(y, code)))


class ConditionalBatchNormDecoder(nn.Module):
    """Points (B, N, 3), code (B, C) -> logits (B, N).

    Occupancy Networks (Mescheder et al. 2019), supplementary sec. 1, "occupancy network decoder".
    """

    reads: ClassVar[type] = Tensor
    Config = ConditionalBatchNormConfig

    def __init__(self, config: ConditionalBatchNormConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden, code = config.hidden_channels, code_channels["code"]
        self.fc_p = nn.Conv1d(3, hidden, 1)
        self.blocks = nn.ModuleList(_Block(code, hidden) for _ in range(config.blocks))
        self.bn = ConditionalBatchNorm(code, hidden)
        self.fc_out = nn.Conv1d(hidden, 1, 1)

    def forward(self, points: Tensor, code: Tensor) -> Tensor:
        x = self.fc_p(points.transpose(1, 2))  # (B, H, N)
        for block in self.blocks:
            x = block(x, code)
        return self.fc_out(F.relu(self.bn(x, code))).squeeze(1).float()
