"""The paper's point-cloud network written plainly, as the published code is: what benchmarks/training_step.py compares with.

1x1 convolutions over (B, C, N), one module a formula, the pooled feature repeated for every point and concatenated.
Its parameters have the names of the published checkpoints, so that both forms can start from the same weights.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PlainBlock(nn.Module):
    """A residual block of linear layers."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.fc_0, self.fc_1 = nn.Linear(inputs, outputs), nn.Linear(outputs, outputs)
        self.shortcut = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc_1(F.relu(self.fc_0(F.relu(x))))
        return self.shortcut(x) + y


class PlainEncoder(nn.Module):
    """The residual PointNet: points (B, N, 3) -> code (B, C)."""

    def __init__(self, code: int = 512, hidden: int = 512) -> None:
        super().__init__()
        self.fc_pos = nn.Linear(3, 2 * hidden)
        for number in range(5):
            setattr(self, f"block_{number}", PlainBlock(2 * hidden, hidden))
        self.fc_c = nn.Linear(hidden, code)

    def forward(self, points: Tensor) -> Tensor:
        x = self.fc_pos(points)
        for number in range(5):
            x = getattr(self, f"block_{number}")(x)
            pooled = x.max(dim=1, keepdim=True)[0]
            if number < 4:
                x = torch.cat([x, pooled.expand(x.size())], dim=2)
        return self.fc_c(F.relu(x.max(dim=1)[0]))


class PlainNorm(nn.Module):
    """Batch norm with scale and shift from the code: (B, C, N), (B, D, 1) -> (B, C, N)."""

    def __init__(self, code: int, channels: int) -> None:
        super().__init__()
        self.conv_gamma, self.conv_beta = nn.Conv1d(code, channels, 1), nn.Conv1d(code, channels, 1)
        self.bn = nn.BatchNorm1d(channels, affine=False)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        gamma, beta = self.conv_gamma(code), self.conv_beta(code)
        return gamma * self.bn(x) + beta


class PlainDecoderBlock(nn.Module):
    """A residual block of conditional batch norms and 1x1 convolutions."""

    def __init__(self, code: int, channels: int) -> None:
        super().__init__()
        self.bn_0, self.bn_1 = PlainNorm(code, channels), PlainNorm(code, channels)
        self.fc_0, self.fc_1 = nn.Conv1d(channels, channels, 1), nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        y = self.fc_0(F.relu(self.bn_0(x, code)))
        return x + self.fc_1(F.relu(self.bn_1(y, code)))


class PlainDecoder(nn.Module):
    """Points (B, N, 3), code (B, D) -> logits (B, N)."""

    def __init__(self, code: int = 512, hidden: int = 256) -> None:
        super().__init__()
        self.fc_p = nn.Conv1d(3, hidden, 1)
        for number in range(5):
            setattr(self, f"block{number}", PlainDecoderBlock(code, hidden))
        self.bn = PlainNorm(code, hidden)
        self.fc_out = nn.Conv1d(hidden, 1, 1)

    def forward(self, points: Tensor, code: Tensor) -> Tensor:
        code = code.unsqueeze(2)
        x = self.fc_p(points.transpose(1, 2))
        for number in range(5):
            x = getattr(self, f"block{number}")(x, code)
        return self.fc_out(F.relu(self.bn(x, code))).squeeze(1)


class PlainNetwork(nn.Module):
    """Cloud (B, N, 3), queries (B, Q, 3) -> logits (B, Q)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = PlainEncoder(), PlainDecoder()

    def forward(self, cloud: Tensor, points: Tensor) -> Tensor:
        return self.decoder(points, self.encoder(cloud))

    def training_loss(self, cloud: Tensor, points: Tensor, inside: Tensor) -> Tensor:
        """The published loss, divided by the number of queries: sum over queries, mean over shapes."""
        logits = self(cloud, points)
        return F.binary_cross_entropy_with_logits(logits, inside, reduction="none").sum(-1).mean() / logits.shape[1]
