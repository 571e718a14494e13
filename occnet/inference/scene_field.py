"""A cloud that is too large or too dense for one cube: a Field that encodes it tile by tile."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor

from occnet.cube import PADDED_EDGE, PADDED_HALF
from occnet.field import Field, Numbers, points_of
from occnet.inference.ensemble import mean_field
from occnet.networks.layers.grid import cells_of, interpolate
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.subsamples import readings, subsamples
from occnet.observations.tiles import Tiles
from occnet.vectors import smoothstep

FEWEST_POINTS = 64  # in a tile that is encoded; with fewer there is nothing to refine
_TILES_KEPT = 64  # encoded tiles in memory, about 15 MB each
_CELLS = 64  # along each edge of the grid that tells how far the cloud is
_NEAR, _FAR = 4.0, 8.0  # cells from the cloud up to which the tiles answer, and from which on they do not
_UNSURE, _SURE = 3.0, 5.0  # logits: where the whole's are this large it is hardly ever wrong, so the tiles need not answer
_PROBES = 512  # places at which a tile is compared with the whole
_MOST_CONTRADICTIONS = 0.02  # share of the places where the whole is sure


class SceneField:
    """The Field of a whole scene in its unit cube: points (N, 3) -> logits (N,), > 0 inside.

    The whole scene, seen in one cube, tells what is solid, and the tiles where exactly the surface is. So the whole answers
    far from the cloud and wherever its logit is large. In between the tiles answer, each encoded from its own points in its
    own unit cube, at first use; where several cover a place their logits are blended (see `Tiles`). All shares change
    smoothly, so that the field is as smooth as its parts.

    A tile may show nothing but a piece of wall, and nothing in it tells which side is inside. If its answer contradicts the
    whole where that is sure, it is encoded again with normals taken from the whole, if the network reads normals; if it
    still does, or holds hardly a point, the whole answers in its place.
    After the "fully-convolutional" scenes of Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.4 and 4.4.

    cloud: (N, 3) float32 in the unit cube, or (N, 6) with normals if the network reads them, in random order.
    whole: the field of the scene in one cube. tiles: along the longest edge of the cloud. samples: of a tile with more
    points than the network reads, at most; their answers are averaged. symmetries: of each sample, see `readings`.
    """

    def __init__(
        self, network: OccupancyNetwork, cloud: Tensor, whole: Field, tiles: int, samples: int = 1, symmetries: int = 1
    ) -> None:
        self.network, self.cloud, self.whole, self.samples, self.symmetries = network, cloud, whole, samples, symmetries
        low, high = cloud[:, :3].amin(dim=0), cloud[:, :3].amax(dim=0)
        self.tiles = Tiles.over(torch.stack([low, high]), tiles)
        self._near = _nearness(cloud[:, :3])
        self._fields: OrderedDict[int, Field | None] = OrderedDict()

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self.network.device

    @property
    def bounds(self) -> Tensor:
        """The box in which the surface lies, (2, 3): that of the cloud and the padding of a tile."""
        margin = (PADDED_HALF - 0.5) * self.tiles.edge
        return torch.stack([self.cloud[:, :3].amin(dim=0) - margin, self.cloud[:, :3].amax(dim=0) + margin])

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        places = points.detach()
        whole = self.whole(points).to(points.device)
        share = self._nearness_of(places) * _falling((whole.detach().abs() - _UNSURE) / (_SURE - _UNSURE))  # of the tiles
        logits = whole * (1.0 - share)
        asked = (share > 0.0).nonzero().squeeze(1)
        for tile, indices, weight in self.tiles.covering(places[asked]):
            rows = asked[indices]
            field = self._field(tile)
            answer = whole[rows] if field is None else field(self.tiles.to_unit(points[rows], tile)).to(points.device)
            logits = logits.index_add(0, rows, weight * share[rows] * answer)
        return logits

    def _nearness_of(self, places: Tensor) -> Tensor:
        return interpolate(self._near.to(places.device), places.unsqueeze(0))[0, :, 0]

    def _field(self, tile: int) -> Field | None:
        """The field of one tile in its own unit cube; None where the whole answers in its place."""
        if tile not in self._fields:
            self._fields[tile] = self._encoded(tile)
            while len(self._fields) > _TILES_KEPT:
                self._fields.popitem(last=False)
        self._fields.move_to_end(tile)
        return self._fields[tile]

    def _encoded(self, tile: int) -> Field | None:
        unit = self.tiles.to_unit(self.cloud[:, :3], tile)
        held = (unit.abs() <= PADDED_HALF).all(dim=1).nonzero().squeeze(1)
        if len(held) < FEWEST_POINTS:
            return None
        seen = subsamples(torch.cat([unit[held], self.cloud[held, 3:]], dim=1), self.samples)
        field = mean_field(self.network, readings(seen, self.symmetries))
        if not self._contradicts(field, tile):
            return field
        if not self.network.encoder.reads_normals or self.cloud.shape[1] > 3:
            return None
        field = mean_field(self.network, readings([self._with_normals(sample, tile) for sample in seen], self.symmetries))
        return None if self._contradicts(field, tile) else field

    def _contradicts(self, field: Field, tile: int) -> bool:
        """Whether a tile's field has the other sign than the whole at too many places, near the cloud, where that is sure."""
        probes = (torch.rand(_PROBES, 3, generator=torch.Generator().manual_seed(0)) - 0.5) * PADDED_EDGE
        places = self.tiles.to_scene(probes, tile)
        with torch.no_grad():
            whole = self.whole(places).cpu()
            wrong = (field(probes).cpu() > 0.0) != (whole > 0.0)
        sure = (whole.abs() > 0.5 * (_UNSURE + _SURE)) & (self._nearness_of(places) > 0.0)
        return int((wrong & sure).sum()) > _MOST_CONTRADICTIONS * int(sure.sum())

    def _with_normals(self, sample: Tensor, tile: int) -> Tensor:
        """The points of a tile's sample (N, 3) with the whole's normals, (N, 6)."""
        with torch.enable_grad():
            places = self.tiles.to_scene(sample, tile).requires_grad_()
            (gradient,) = torch.autograd.grad(self.whole(places).sum(), places)
        return torch.cat([sample, -torch.nn.functional.normalize(gradient, dim=1)], dim=1)


def _falling(share: Tensor) -> Tensor:
    """A smooth step from 1 at 0 to 0 at 1."""
    return smoothstep(1.0 - share)


def _nearness(points: Tensor) -> Tensor:
    """How near the points (N, 3) of the unit cube are, 1 at them and 0 far away: a grid (1, R, R, R, 1) for `interpolate`."""
    from scipy.ndimage import distance_transform_edt  # here, for most scans are read in one cube: it takes 50 ms

    empty = np.ones(_CELLS**3, dtype=bool)
    empty[cells_of(points.cpu().unsqueeze(0), _CELLS).numpy()] = False
    distance = torch.from_numpy(np.asarray(distance_transform_edt(empty.reshape(_CELLS, _CELLS, _CELLS))))
    return _falling((distance - _NEAR) / (_FAR - _NEAR)).float().view(1, _CELLS, _CELLS, _CELLS, 1)
