"""Linear layers whose weights no longer change, by the faster of the libraries that multiply matrices."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# oneDNN comes with torch, which asks it for products in bfloat16 but leaves those in float32 to MKL on x86. On processors
# that are not Intel's, MKL takes 2.3 times as long (rows of 256 channels: 1.33 us against 0.58). This operator is what
# torch.compile makes of a linear layer; where a torch does not have it, the public one serves.
_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


class Product:
    """A linear layer bound for evaluation: rows (..., K) -> (..., M), equal to F.linear; carries gradients to rows alone."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self.weight = weight.detach().contiguous()  # oneDNN takes hundreds of times as long where it is not
        self.bias = None if bias is None else bias.detach()

    def __call__(self, rows: Tensor, relu: bool = False) -> Tensor:
        """The layer of rows, and what of it is above zero if relu."""
        if not _ONEDNN or rows.device.type != "cpu" or rows.dtype != torch.float32 or rows.requires_grad:
            result = F.linear(rows, self.weight, self.bias)
            return F.relu(result) if relu else result
        kind = "relu" if relu else "none"
        return torch.ops.mkldnn._linear_pointwise(rows.contiguous(), self.weight, self.bias, kind, [], "")
