"""Where a network sees the points of a shape in the picture that it read, and from where it looks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from torch import Tensor

from occnet.files.images import Pictured
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.interface import Observation

_BESIDE = 0.03  # share of the window by which a solid may lie beside what the picture shows


class _Seeing(Protocol):
    """A code that knows how its picture was taken."""

    def seen(self, points: Tensor) -> Tensor: ...
    def camera(self) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class PictureView:
    """A picture, and the view of it that a network has guessed."""

    pictured: Pictured
    code: _Seeing

    def pixels(self, points: NDArray) -> NDArray[np.float64]:
        """Where points (N, 3) of the unit cube are seen in the picture, (N, 2): right and down in pixels."""
        with torch.no_grad():
            places = self.code.seen(torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).unsqueeze(0))[0]
        return np.asarray(self.pictured.window.pixels(places.double().cpu().numpy()), dtype=np.float64)

    @property
    def camera(self) -> NDArray[np.float64]:
        """Where the camera stands in the unit cube, (3,)."""
        return self.code.camera()[0].double().cpu().numpy()

    def shown(self, points: NDArray) -> NDArray[np.bool_]:
        """Whether each of the points (N, 3) is seen within the outline of the thing, or close beside it, (N,)."""
        column, row = np.floor(self.pixels(points)).astype(np.int64).T
        height, width = self._near.shape
        within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        return within & self._near[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]

    @cached_property
    def _near(self) -> NDArray[np.bool_]:
        rounds = max(1, round(_BESIDE * self.pictured.window.edge))
        return np.asarray(binary_dilation(self.pictured.outline, iterations=rounds), dtype=bool)


def picture_view(observation: Observation, network: OccupancyNetwork) -> PictureView | None:
    """The view of a photo by its first reading; None where there is no photo, or the network guesses no view."""
    if observation.pictured is None:
        return None
    code = network.code(observation.readings[0][0])
    return PictureView(observation.pictured, cast(_Seeing, code)) if hasattr(code, "camera") else None
