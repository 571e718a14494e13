"""Linear layers whose weights no longer change, by the faster of the libraries that multiply matrices."""

from __future__ import annotations

from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

# oneDNN comes with torch, which asks it for products in bfloat16 but leaves those in float32 to MKL on x86. On processors
# that are not Intel's, MKL takes 2.3 times as long (rows of 256 channels: 1.33 us against 0.58). This operator is what
# torch.compile makes of a linear layer; where a torch does not have it, the public one serves.
_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
# Without AVX-512, oneDNN refuses products in bfloat16; the public function computes them all the same.
_ONEDNN_NARROW = _ONEDNN and torch.ops.mkldnn._is_mkldnn_bf16_supported()


class Product:
    """A linear layer bound for evaluation: rows (..., K) -> (..., M), equal to F.linear; carries gradients to rows alone.

    Under autocast on the CPU, rows and weights are bfloat16, and so is the answer; the weights are cast once, not at each call.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self.weight = weight.detach().contiguous()  # oneDNN takes hundreds of times as long where it is not
        self.bias = None if bias is None else bias.detach()

    @cached_property
    def _narrow(self) -> tuple[Tensor, Tensor | None]:
        return self.weight.bfloat16(), None if self.bias is None else self.bias.bfloat16()

    def __call__(self, rows: Tensor, relu: bool = False) -> Tensor:
        """The layer of rows, and what of it is above zero if relu."""
        narrow = torch.is_autocast_enabled("cpu")
        onednn = _ONEDNN_NARROW if narrow else _ONEDNN
        if not onednn or rows.device.type != "cpu" or rows.dtype == torch.float64 or rows.requires_grad:
            result = F.linear(rows, self.weight, self.bias)
            return F.relu(result) if relu else result
        weight, bias = self.weight, self.bias
        if narrow:
            rows, (weight, bias) = rows.bfloat16(), self._narrow
        return torch.ops.mkldnn._linear_pointwise(rows.contiguous(), weight, bias, "relu" if relu else "none", [], "")
