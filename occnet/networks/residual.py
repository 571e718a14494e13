"""The residual block that the papers build their encoders and decoders of, over rows of features."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two pre-activated linear layers and a shortcut, which is linear without bias where the width changes.

    Occupancy Networks (Mescheder et al. 2019), supplementary sec. 1, "fully-connected ResNet block".
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        hidden = min(inputs, outputs)
        self.fc_0, self.fc_1 = nn.Linear(inputs, hidden), nn.Linear(hidden, outputs)
        self.shortcut = nn.Linear(inputs, outputs, bias=False) if inputs != outputs else None
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return shortcut + self.fc_1(F.relu(self.fc_0(F.relu(x))))

    def with_pooled(self, x: Tensor, pooled: Tensor) -> Tensor:
        """The block over each row with the pooled row of its cloud appended: (B, N, H), (B, 1, P) -> (B, N, outputs).

        Equal to forward(cat([x, pooled])), but the products with the pooled half are computed once a cloud
        instead of once a point, and nothing is concatenated.
        """
        assert self.shortcut is not None
        width = x.shape[-1]
        own, shared = self.fc_0.weight[:, :width], self.fc_0.weight[:, width:]
        hidden = F.linear(F.relu(x), own) + F.linear(F.relu(pooled), shared, self.fc_0.bias)
        own, shared = self.shortcut.weight[:, :width], self.shortcut.weight[:, width:]
        return F.linear(x, own) + F.linear(pooled, shared, self.fc_1.bias) + F.linear(F.relu(hidden), self.fc_1.weight)
