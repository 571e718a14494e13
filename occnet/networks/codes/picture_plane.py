"""What a picture tells of each of its places: features that are spread over it, and its own colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class PicturePlane:
    """A picture as a plane of the unit cube: x to the right, y up, both in [-0.5, 0.5]; z says nothing."""

    map: Float[Tensor, "b k h w"]  # features of its places
    colors: Float[Tensor, "b 3 s t"]  # as they were read, in finer pixels

    def at(self, points: Float[Tensor, "b n 3"]) -> Float[Tensor, "b n k"]:
        """The features and then the colours at points (B, N, 3), (B, N, K + 3)."""
        places = (points[..., :2] * points.new_tensor([2.0, -2.0])).float().unsqueeze(1)
        read = [
            F.grid_sample(values.float(), places, padding_mode="border", align_corners=False).squeeze(2).transpose(1, 2)
            for values in (self.map, self.colors)
        ]
        return torch.cat(read, dim=-1)
