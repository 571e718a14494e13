"""An ablation of the 2019 paper: the decoder with ordinary batch norms, where the code is added to the points' features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Decoder
from occnet.networks.norms import BatchNorm


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
        weight_0, bias_0 = self.fc_0.weight * scale_1.unsqueeze(1), self.fc_0.bias * scale_1 + shift_1
        return lambda x: x + self.fc_1(F.relu(F.linear(F.relu(torch.addcmul(shift_0, x, scale_0)), weight_0, bias_0)))


class BatchNormDecoder(Decoder):
    """Points (B, N, 3), code (B, C) -> logits (B, N).

    Occupancy Networks (Mescheder et al. 2019), sec. 4.6, "without conditional batch normalization".
    """

    reads: ClassVar[type] = Tensor
    Config = BatchNormConfig

    def __init__(self, config: BatchNormConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden, code, latent = config.hidden_channels, code_channels["code"], code_channels.get("latent", 0)
        self.widths = [code, latent]
        self.fc_p = nn.Linear(3, hidden)
        self.fc_z = nn.Linear(latent, hidden) if latent else None
        self.fc_c = nn.Linear(code, hidden) if code else None
        self.blocks = nn.ModuleList(_Block(hidden) for _ in range(config.blocks))
        self.bn = BatchNorm(hidden)
        self.fc_out = nn.Linear(hidden, 1)

    def forward(self, points: Tensor, code: Tensor) -> Tensor:
        x = self.fc_p(points) + self._shift(code)  # (B, N, H)
        for block in self.blocks:
            x = block(x)
        return self.fc_out(F.relu(self.bn(x))).squeeze(-1).float()

    def bind(self, code: Tensor) -> Callable[[Tensor], Tensor]:
        """The decoder in evaluation for one code, (B, N, 3) -> (B, N): norms folded; equal to forward."""
        start, (scale, shift) = self._shift(code) + self.fc_p.bias, self.bn.folded()
        blocks = [block.folded() for block in self.blocks if isinstance(block, _Block)]

        def run(points: Tensor) -> Tensor:
            x = F.linear(points, self.fc_p.weight) + start
            for block in blocks:
                x = block(x)
            return self.fc_out(F.relu(torch.addcmul(shift, x, scale))).squeeze(-1).float()

        return run

    def _shift(self, code: Tensor) -> Tensor:
        """What the code adds to each point's first feature, (B, 1, H)."""
        code, latent = code.split(self.widths, dim=-1)
        shift = code.new_zeros(1)
        for layer, part in ((self.fc_z, latent), (self.fc_c, code)):
            shift = shift if layer is None else shift + layer(part).unsqueeze(1)
        return shift
