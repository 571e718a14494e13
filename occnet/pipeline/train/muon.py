"""Muon: steps that move all directions of a matrix alike, in the precision that the processor multiplies fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from occnet.networks.devices import has_bfloat16

_MOMENTUM = 0.95
_QUINTIC = (
    3.4445,
    -4.7750,
    2.0315,
)  # raises small singular values steeply, leaves large ones about 1 (Jordan et al. 2024)
_ITERATIONS = 5
_ADAM_SIZE = 0.2  # root mean square of an AdamW step, in units of the rate (Liu et al. 2025, sec. 2.2)


class Muon(torch.optim.Optimizer):
    """Muon for matrices (M, N): Nesterov momentum whose singular values are all brought near 1, as large as a step of AdamW.

    What `torch.optim.Muon` does with `adjust_lr_fn="match_rms_adamw"`, and with the same state; that one always multiplies in
    bfloat16, which takes 12 times as long as float32 on a processor that has no such products: longer than all else of a step.
    Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move each matrix that has a gradient."""
        assert closure is None, "a step is made from gradients that are there"
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(matrix)
                momentum = state["momentum_buffer"].lerp_(matrix.grad, 1.0 - _MOMENTUM)
                update = orthogonalized(matrix.grad.lerp(momentum, _MOMENTUM))
                matrix.mul_(1.0 - group["lr"] * group["weight_decay"])
                matrix.add_(update.to(matrix.dtype), alpha=-group["lr"] * _ADAM_SIZE * max(matrix.shape) ** 0.5)


def orthogonalized(matrix: Tensor) -> Tensor:
    """A matrix (M, N) with the same singular vectors and singular values of about 0.7 to 1.2; those of zero stay zero.

    By Newton-Schulz iterations of an odd polynomial, which are products of matrices alone.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t()
    wide = wide.bfloat16() if has_bfloat16(matrix.device) else wide.float()
    wide = wide / wide.norm().clamp_min(1e-7)  # no singular value above 1
    first, third, fifth = _QUINTIC
    for _ in range(_ITERATIONS):
        gram = wide @ wide.t()
        wide = first * wide + (third * gram + fifth * (gram @ gram)) @ wide
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.t()
