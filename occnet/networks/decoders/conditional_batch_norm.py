"""The decoder of the 2019 paper: residual blocks over points whose batch norms are conditioned on the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Decoder


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

    def folded(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """In evaluation, the norm is one scale and one shift for each code: (B, D) -> two of (B, 1, C)."""
        code = code.unsqueeze(-1)
        assert self.bn.running_mean is not None
        assert self.bn.running_var is not None
        scale = self.conv_gamma(code).squeeze(-1) * torch.rsqrt(self.bn.running_var + self.bn.eps)
        shift = self.conv_beta(code).squeeze(-1) - scale * self.bn.running_mean
        return scale.unsqueeze(1), shift.unsqueeze(1)


class _Block(nn.Module):
    def __init__(self, code_channels: int, channels: int) -> None:
        super().__init__()
        self.bn_0, self.bn_1 = ConditionalBatchNorm(code_channels, channels), ConditionalBatchNorm(code_channels, channels)
        self.fc_0, self.fc_1 = nn.Conv1d(channels, channels, 1), nn.Conv1d(channels, channels, 1)
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        y = self.fc_0(F.relu(self.bn_0(x, code)))
        return x + self.fc_1(F.relu(self.bn_1(y, code)))

    def folded(self, code: Tensor) -> Callable[[Tensor], Tensor]:
        """The block in evaluation for one code, over rows: (B, N, C) -> (B, N, C); the second norm goes into fc_0."""
        scale_0, shift_0 = self.bn_0.folded(code)
        scale_1, shift_1 = self.bn_1.folded(code)
        weight_0 = self.fc_0.weight.squeeze(-1).t() * scale_1  # (B, C, C)
        assert self.fc_0.bias is not None
        bias_0 = self.fc_0.bias * scale_1 + shift_1
        weight_1, bias_1 = self.fc_1.weight.squeeze(-1), self.fc_1.bias

        def run(x: Tensor) -> Tensor:
            y = F.relu(torch.baddbmm(bias_0, F.relu(torch.addcmul(shift_0, x, scale_0)), weight_0))
            return x + F.linear(y, weight_1, bias_1)

        return run


class ConditionalBatchNormDecoder(Decoder):
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

    def bind(self, code: Tensor) -> Callable[[Tensor], Tensor]:
        """The decoder in evaluation for one code, (B, N, 3) -> (B, N): norms folded, points in rows; equal to forward."""
        blocks = [block.folded(code) for block in self.blocks if isinstance(block, _Block)]
        scale, shift = self.bn.folded(code)
        weight_in, weight_out = self.fc_p.weight.squeeze(-1), self.fc_out.weight.squeeze(-1)

        def run(points: Tensor) -> Tensor:
            x = F.linear(points, weight_in, self.fc_p.bias)
            for block in blocks:
                x = block(x)
            return F.linear(F.relu(torch.addcmul(shift, x, scale)), weight_out, self.fc_out.bias).squeeze(-1).float()

        return run
