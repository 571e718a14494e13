"""Scenes of any size by a network that was trained on crops: a Field that encodes one crop after the other."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor

from occnet.errors import ModelError
from occnet.networks.encoders.local_pointnet import LocalPointNet
from occnet.networks.network_field import NetworkField
from occnet.networks.occupancy_network import OccupancyNetwork

_NOTHING_SEEN = -20.0  # the logit where a crop holds no points at all
_CROPS_KEPT = 64


class SceneField:
    """The Field of a whole scene: points (N, 3) in the scene's coordinates -> logits (N,), > 0 inside.

    The scene is covered by a lattice of crops that overlap by a margin; each query is answered by the crop whose core
    holds it, encoded from the points of the whole crop. Nothing in a network with relative coordinates depends on where
    a crop lies, so that answers at seams differ only by what the U-Net would have seen beyond the margin.
    Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.4 and 4.4, "fully-convolutional".

    points: (N, 3) the scene's cloud. crop_edge: length, in the scene's units, of the unit cube that the network was
    trained on. margin: cells on each side of a crop that only give context, at most a quarter of the grid.
    Raises ModelError when the network is not fully convolutional.
    """

    def __init__(self, network: OccupancyNetwork, points: Tensor, crop_edge: float, margin: int = 4) -> None:
        encoder = network.encoder
        if not isinstance(encoder, LocalPointNet) or not encoder.config.relative or encoder.config.features != ("grid",):
            raise ModelError("A scene in crops needs a local_pointnet with features = ['grid'] and relative = true.")
        resolution = encoder.config.grid_resolution
        if not 0 <= margin <= resolution // 4:
            raise ModelError(f"The margin must lie between 0 and {resolution // 4} cells, but is {margin}.")
        self.network, self.points, self.edge = network, points.to(torch.float64), float(crop_edge)
        self.span = encoder.layout.span  # of a crop, in unit-cube lengths
        self.core = self.edge * self.span * (resolution - 2 * margin) / resolution  # in the scene's units
        self.origin = self.points.amin(dim=0)
        self._fields: OrderedDict[tuple[int, ...], NetworkField | None] = OrderedDict()

    @property
    def bounds(self) -> Tensor:
        """The box around the scene's points, (2, 3) float64, grown by a hundredth of its diagonal: where to extract."""
        low, high = self.points.amin(dim=0), self.points.amax(dim=0)
        growth = 0.01 * (high - low).norm()
        return torch.stack([low - growth, high + growth])

    def __call__(self, points: Tensor) -> Tensor:
        places = points.to(self.points.device, torch.float64)
        crops = ((places - self.origin) / self.core).floor().long()
        logits = torch.full((len(points),), _NOTHING_SEEN, device=points.device)
        for crop in crops.unique(dim=0).tolist():
            inside = (crops == torch.tensor(crop)).all(dim=1)
            field = self._field(tuple(crop))
            if field is not None:
                logits[inside] = field(self._unit(places[inside], crop)).to(logits)
        return logits

    def _unit(self, places: Tensor, crop: list[int] | tuple[int, ...]) -> Tensor:
        center = self.origin + (torch.tensor(crop, dtype=torch.float64) + 0.5) * self.core
        return ((places - center) / self.edge).float()

    def _field(self, crop: tuple[int, ...]) -> NetworkField | None:
        """The field of one crop, in its own unit cube; None where it holds no points."""
        if crop not in self._fields:
            unit = self._unit(self.points, crop)
            seen = unit[(unit.abs() < 0.5 * self.span).all(dim=1)]
            self._fields[crop] = self.network.field(seen) if len(seen) else None
            while len(self._fields) > _CROPS_KEPT:
                self._fields.popitem(last=False)
        self._fields.move_to_end(crop)
        return self._fields[crop]
