"""What a photo tells of a shape: the surface that it shows, lifted into space, a feature on each point, and what is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from occnet.networks.codes.point_grid_code import PointGridCode

if TYPE_CHECKING:
    from jaxtyping import Float

SURFACE_CHANNELS = 7
"""At a pixel: how far before the cube's centre, towards the camera, the thing begins and ends; the logarithms of the mean
errors of both; the outward normal where it begins."""

VIEW_CHANNELS = 5
"""Of a view: logarithm of the scale at the cube's centre (places an edge of the cube), its place to the right and down, the
elevation of the camera in radians, and one over its distance. Places are +-1 at the picture's borders."""

_NEAREST, _LEAST = 2.0, 0.1  # no camera is closer to the centre, and no place closer to the camera, in its distance
_FARTHEST = 0.01  # nearness of the farthest camera


@dataclass(frozen=True, eq=False)
class PhotoCode(PointGridCode):
    """A code on the points of the surface that a photo shows, front and back, in the viewer's unit cube; and of all its pixels,
    what was lifted, and how the camera stands."""

    surface: Float[Tensor, "b 7 h w"] | None = None  # see SURFACE_CHANNELS
    view: Float[Tensor, "b 5"] | None = None  # see VIEW_CHANNELS

    def seen(self, points: Float[Tensor, "b n 3"]) -> Float[Tensor, "b n 2"]:
        """Where points of the viewer's unit cube lie in the picture: right and down, +-1 at its borders."""
        assert self.view is not None
        return places_of(points.float(), self.view.float())

    def camera(self) -> Float[Tensor, "b 3"]:
        """Where the camera stands in the viewer's unit cube."""
        assert self.view is not None
        elevation, nearness = self.view[:, 3].float(), self.view[:, 4].float().clamp(_FARTHEST, _NEAREST)
        direction = torch.stack([torch.zeros_like(elevation), torch.sin(elevation), torch.cos(elevation)], dim=-1)
        return direction / nearness[:, None]


def lifted(places: Float[Tensor, "b n 2"], towards: Float[Tensor, "b n"], view: Float[Tensor, "b 5"]) -> Float[Tensor, "b n 3"]:
    """The points of the viewer's cube (right, up, to the front) that are seen at places, so far before its centre.

    towards: along the camera's axis, in edges of the cube. view: see VIEW_CHANNELS.
    """
    right, down, elevation = (view[:, channel, None] for channel in (1, 2, 3))
    x, y = ((places - torch.stack([right, down], dim=-1)) / magnification(towards, view).unsqueeze(-1)).unbind(-1)
    sine, cosine = torch.sin(elevation), torch.cos(elevation)
    return torch.stack([x, towards * sine - y * cosine, towards * cosine + y * sine], dim=-1)


def places_of(points: Float[Tensor, "b n 3"], view: Float[Tensor, "b 5"]) -> Float[Tensor, "b n 2"]:
    """The inverse of `lifted`: the places at which points of the viewer's cube are seen."""
    right, down, elevation = (view[:, channel, None] for channel in (1, 2, 3))
    sine, cosine = torch.sin(elevation), torch.cos(elevation)
    x, y, z = points.unbind(-1)
    larger = magnification(y * sine + z * cosine, view)
    return torch.stack([right + larger * x, down + larger * (z * sine - y * cosine)], dim=-1)


def magnification(towards: Float[Tensor, "b n"], view: Float[Tensor, "b 5"]) -> Float[Tensor, "b n"]:
    """Places an edge of the cube, so far before its centre: what is nearer is larger."""
    scale, nearness = view[:, 0, None], view[:, 4, None].clamp(0.0, _NEAREST)
    return torch.exp(scale) / (1.0 - nearness * towards).clamp(min=_LEAST)
