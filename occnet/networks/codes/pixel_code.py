"""What a picture tells of a shape: one code for all of it, features of its places, and how it was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float

VIEW_CHANNELS = 5
_USUAL = (0.47, 0.0, 0.0, 0.48, 0.45)  # of pictures by the published protocol: 27.5 degrees from above, 1.75 diameters away

_FARTHEST = 0.01  # nearness of the farthest camera


@dataclass(frozen=True, eq=False)
class PixelCode:
    """A picture's code. Lengths are in unit-cube edges; the camera is in front (z), right is x, up is y."""

    code: Float[Tensor, "b c"]  # of the whole picture
    map: Float[Tensor, "b k h w"]  # of its places
    view: Float[Tensor, "b 5"]  # see `seen_at`

    def at(self, points: Float[Tensor, "b n 3"]) -> Float[Tensor, "b n k"]:
        """The features of the places at which points (B, N, 3) of the viewer's unit cube are seen, (B, N, K)."""
        places = self.seen(points).detach().unsqueeze(1)  # (B, 1, N, 2); what lies there teaches little about where it lies
        return F.grid_sample(self.map.float(), places, padding_mode="border", align_corners=False).squeeze(2).transpose(1, 2)

    def seen(self, points: Float[Tensor, "b n 3"]) -> Float[Tensor, "b n 2"]:
        """Where points (B, N, 3) lie in the picture by its guessed view, (B, N, 2), see `seen_at`."""
        return seen_at(points.float(), self.view.float())

    def camera(self) -> Float[Tensor, "b 3"]:
        """Where the camera stands in the viewer's unit cube, by the same guess."""
        elevation, nearness = (self.view + self.view.new_tensor(_USUAL))[:, 3:].float().unbind(-1)
        direction = torch.stack([torch.zeros_like(elevation), torch.sin(elevation), torch.cos(elevation)], dim=-1)
        return direction / nearness.clamp(_FARTHEST, 0.9)[:, None]


def seen_at(points: Float[Tensor, "b n 3"], view: Float[Tensor, "b 5"]) -> Float[Tensor, "b n 2"]:
    """Where points (B, N, 3) of the viewer's unit cube lie in the picture, (B, N, 2): right and down, +-1 at its borders.

    view (B, 5): how the camera differs from the usual one: logarithm of the picture's scale, shift to the right and down,
    elevation in radians, and the unit over the camera's distance.
    """
    scale, right, down, elevation, nearness = (view + view.new_tensor(_USUAL)).unsqueeze(1).unbind(-1)  # (B, 1) each
    x, y, z = points.unbind(-1)
    sine, cosine = torch.sin(elevation), torch.cos(elevation)
    larger = torch.exp(scale) / (1.0 - nearness.clamp(0.0, 0.9) * (z * cosine + y * sine)).clamp(min=0.2)  # what is nearer
    return torch.stack([right + larger * x, down - larger * (y * cosine - z * sine)], dim=-1)
