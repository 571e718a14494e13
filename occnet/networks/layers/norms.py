"""Batch norms over points: rows of features (B, N, C), one mean and deviation a channel over all of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConditionalBatchNorm(nn.Module):
    """Batch norm whose scale and shift are linear in the code: (B, N, C), (B, D) -> (B, N, C).

    Occupancy Networks (Mescheder et al. 2019), supplementary sec. 1, after de Vries et al. (2017).
    """

    def __init__(self, code_channels: int, channels: int) -> None:
        super().__init__()
        self.conv_gamma, self.conv_beta = nn.Linear(code_channels, channels), nn.Linear(code_channels, channels)
        self.bn = nn.BatchNorm1d(channels, affine=False)
        for layer, bias in ((self.conv_gamma, nn.init.ones_), (self.conv_beta, nn.init.zeros_)):
            nn.init.zeros_(layer.weight)
            bias(layer.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        normal = self.bn(x.flatten(0, 1)).view_as(x)
        return torch.addcmul(self.conv_beta(code).unsqueeze(1), self.conv_gamma(code).unsqueeze(1), normal)

    def folded(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """In evaluation, the norm is one scale and one shift for each code: (B, D) -> two of (B, 1, C)."""
        scale, shift = _running_scale_and_shift(self.bn)
        gamma, beta = self.conv_gamma(code), self.conv_beta(code)
        return (gamma * scale).unsqueeze(1), (beta + gamma * shift).unsqueeze(1)


class BatchNorm(nn.BatchNorm1d):
    """Batch norm with a learned scale and shift over rows of points: (B, N, C) -> (B, N, C)."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.flatten(0, 1)).view_as(input)

    def folded(self) -> tuple[Tensor, Tensor]:
        """In evaluation, the norm is one scale and one shift: two of (C,)."""
        scale, shift = _running_scale_and_shift(self)
        return self.weight * scale, self.bias + self.weight * shift


def _running_scale_and_shift(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = (norm.running_var + norm.eps).rsqrt()
    return scale, -scale * norm.running_mean
