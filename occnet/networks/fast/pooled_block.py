"""A residual block over points with their cloud's pooled feature appended, in the fewest products and memory passes.

The plain form, `block(cat([x, pooled]))`, multiplies the pooled half once a point; here it is done once a cloud, nothing
is concatenated, and the gradient is written out by hand: sums go straight into products, and where only the maximum over
the points is wanted of the last block, its gradient touches one point a channel, so that four products become look-ups.
Forward and gradient equal the plain form's (tests/networks/test_pointnet.py).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from occnet.networks.layers.residual import ResidualBlock


def pooled_block(block: ResidualBlock, x: Tensor) -> Tensor:
    """The block over each point's feature and the maximum over its cloud: (B, N, H) -> (B, N, outputs)."""
    assert block.shortcut is not None
    return _PooledBlock.apply(x, *_weights(block))  # pyright: ignore[reportReturnType]


def pooled_block_maximum(block: ResidualBlock, x: Tensor) -> Tensor:
    """The maximum over points of `pooled_block`: (B, N, H) -> (B, outputs)."""
    return _PooledBlockMaximum.apply(x, *_weights(block))  # pyright: ignore[reportReturnType]


def _weights(block: ResidualBlock) -> tuple[Tensor, ...]:
    assert block.shortcut is not None
    return block.fc_0.weight, block.fc_0.bias, block.fc_1.weight, block.fc_1.bias, block.shortcut.weight


def _forward(x: Tensor, weights: tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Output (B, N, O), hidden (B * N, M), pooled and its points' numbers, both (B, H)."""
    batch, count, width = x.shape
    w0, b0, w1, b1, ws = (weight.to(x.dtype) for weight in weights)
    rows = x.reshape(-1, width)
    pooled, index = x.max(dim=1)
    shared = torch.addmm(b0, F.relu(pooled), w0[:, width:].t())
    hidden = (F.relu(rows) @ w0[:, :width].t()).view(batch, count, -1).add_(shared.unsqueeze(1)).relu_().flatten(0, 1)
    shared = torch.addmm(b1, pooled, ws[:, width:].t())
    output = (rows @ ws[:, :width].t()).addmm_(hidden, w1.t()).view(batch, count, -1).add_(shared.unsqueeze(1))
    return output, hidden, pooled, index


def _backward(
    x: Tensor, hidden: Tensor, pooled: Tensor, index: Tensor, weights: tuple[Tensor, ...], into: _OutputGradient
) -> tuple[Tensor, ...]:
    batch, count, width = x.shape
    w0, _, w1, _, ws = (weight.to(x.dtype) for weight in weights)
    rows, positive = x.reshape(-1, width), F.relu(pooled)
    d_hidden = torch.ops.aten.threshold_backward(into.times(w1), hidden, 0)
    d_shared, d_shared_0 = into.per_cloud, d_hidden.view(batch, count, -1).sum(dim=1)
    grad_w0, grad_ws = torch.empty_like(weights[0]), torch.empty_like(weights[4])
    grad_w0[:, :width] = d_hidden.t() @ F.relu(rows)
    grad_w0[:, width:] = d_shared_0.t() @ positive
    grad_ws[:, :width] = into.transposed_times(rows)
    grad_ws[:, width:] = d_shared.t() @ pooled
    grad_x = torch.ops.aten.threshold_backward(d_hidden @ w0[:, :width], rows, 0)
    grad_x = into.add_times(grad_x, ws[:, :width]).view(batch, count, width)
    d_pooled = d_shared @ ws[:, width:] + torch.ops.aten.threshold_backward(d_shared_0 @ w0[:, width:], pooled, 0)
    grad_x.scatter_add_(1, index.unsqueeze(1), d_pooled.unsqueeze(1))
    grad_w1 = into.transposed_times(hidden)
    gradients = (grad_w0, d_shared_0.sum(dim=0), grad_w1, d_shared.sum(dim=0), grad_ws)
    return grad_x, *(gradient.to(weight.dtype) for gradient, weight in zip(gradients, weights, strict=True))


class _OutputGradient:
    """The gradient of a block's output, (B * N, O), and the products with it."""

    def __init__(self, rows: Tensor, batch: int) -> None:
        self.rows = rows
        self.per_cloud = rows.view(batch, -1, rows.shape[-1]).sum(dim=1)

    def times(self, weight: Tensor) -> Tensor:
        return self.rows @ weight

    def add_times(self, total: Tensor, weight: Tensor) -> Tensor:
        return total.addmm_(self.rows, weight)

    def transposed_times(self, rows: Tensor) -> Tensor:
        return self.rows.t() @ rows


class _MaximumGradient(_OutputGradient):
    """The same where only the maximum over the points was used: a gradient (B, O), and the row of each of its entries."""

    def __init__(self, gradient: Tensor, index: Tensor, count: int) -> None:
        self.per_cloud, self.total = gradient, len(gradient) * count
        offset = torch.arange(len(gradient), device=index.device).unsqueeze(1) * count
        self.places = (index + offset).flatten()  # (B * O,) rows of (B * N)

    def times(self, weight: Tensor) -> Tensor:
        return self.add_times(weight.new_zeros(self.total, weight.shape[1]), weight)

    def add_times(self, total: Tensor, weight: Tensor) -> Tensor:
        return total.index_add_(0, self.places, (self.per_cloud.unsqueeze(-1) * weight).flatten(0, 1))

    def transposed_times(self, rows: Tensor) -> Tensor:
        picked = rows.index_select(0, self.places).view(*self.per_cloud.shape, -1)  # (B, O, H)
        return torch.einsum("bo,boh->oh", self.per_cloud, picked)


class _PooledBlock(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, *weights: Tensor) -> Tensor:
        output, hidden, pooled, index = _forward(x, weights)
        ctx.save_for_backward(x, hidden, pooled, index, *weights)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        x, hidden, pooled, index, *weights = ctx.saved_tensors
        into = _OutputGradient(gradients[0].to(x.dtype).flatten(0, 1).contiguous(), len(x))
        return _backward(x, hidden, pooled, index, tuple(weights), into)


class _PooledBlockMaximum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, *weights: Tensor) -> Tensor:
        output, hidden, pooled, index = _forward(x, weights)
        largest, points = output.max(dim=1)
        ctx.save_for_backward(x, hidden, pooled, index, points, *weights)
        return largest

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        x, hidden, pooled, index, points, *weights = ctx.saved_tensors
        into = _MaximumGradient(gradients[0].to(x.dtype), points, x.shape[1])
        return _backward(x, hidden, pooled, index, tuple(weights), into)
