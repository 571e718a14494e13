"""What the 2020 paper's encoders tell of a shape: features on planes and grids, read at any point between their cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor

from occnet.networks.layers.planes import FeatureLayout

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class LocalCode:
    """A code made of feature planes and grids. Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.1."""

    layout: FeatureLayout
    features: dict[str, Float[Tensor, "b c ..."]]  # kind -> (B, C, R, R) or (B, C, R, R, R)

    def at(self, points: Float[Tensor, "b n 3"]) -> Float[Tensor, "b n c"]:
        """The features at points, bilinear on planes and trilinear on the grid, summed: (B, N, 3) -> (B, N, C)."""
        result = None
        for kind, features in self.features.items():
            shares = 2.0 * self.layout.shares(points, kind) - 1.0
            where = shares.view(*shares.shape[:2], *(1,) * (shares.shape[-1] - 1), shares.shape[-1])
            found = F.grid_sample(features.to(where.dtype), where, "bilinear", "border", not self.layout.centred)
            found = found.flatten(2).transpose(1, 2)  # (B, N, C)
            result = found if result is None else result + found
        assert result is not None
        return result
