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

    def after(self, layer: nn.Linear, x: Tensor) -> Tensor:
        """The block over layer(x), for a narrow x: (..., K) -> (..., outputs).

        The shortcut over a linear layer is itself one linear layer of width K: equal to forward(layer(x)) with a product less.
        """
        assert self.shortcut is not None
        direct = F.linear(x, self.shortcut.weight @ layer.weight, self.shortcut.weight @ layer.bias)
        return direct + self.fc_1(F.relu(self.fc_0(F.relu(layer(x)))))
