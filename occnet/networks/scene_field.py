"""A cloud that is too large or too dense for one cube: a Field that encodes it block by block."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from occnet.cube import PADDED_EDGE, PADDED_HALF
from occnet.field import Field
from occnet.networks.blocks import Blocks
from occnet.networks.grid import cells_of, interpolate
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.subsamples import mean_field, readings, subsamples
from occnet.vectors import smoothstep

FEWEST_POINTS = 64  # in a block that is encoded; with fewer there is nothing to refine
_BLOCKS_KEPT = 64  # encoded blocks in memory, about 15 MB each
_CELLS = 64  # along each edge of the grid that tells how far the cloud is
_NEAR, _FAR = 4.0, 8.0  # cells from the cloud up to which the blocks answer, and from which on they do not
_UNSURE, _SURE = 3.0, 5.0  # logits: where the whole's are this large it is hardly ever wrong, so the blocks need not answer
_PROBES = 512  # places at which a block is compared with the whole
_MOST_CONTRADICTIONS = 0.02  # share of the places where the whole is sure


class SceneField:
    """The Field of a whole scene in its unit cube: points (N, 3) -> logits (N,), > 0 inside.

    The whole scene, seen in one cube, tells what is solid, and the blocks where exactly the surface is. So the whole answers
    far from the cloud and wherever its logit is large. In between the blocks answer, each encoded from its own points in its
    own unit cube, at first use; where several cover a place their logits are blended (see `Blocks`). All shares change
    smoothly, so that the field is as smooth as its parts.

    A block may show nothing but a piece of wall, and nothing in it tells which side is inside. If its answer contradicts the
    whole where that is sure, it is encoded again with normals taken from the whole, if the network reads normals; if it
    still does, or holds hardly a point, the whole answers in its place.
    After the "fully-convolutional" scenes of Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.4 and 4.4.

    cloud: (N, 3) float32 in the unit cube, or (N, 6) with normals if the network reads them, in random order.
    whole: the field of the scene in one cube. blocks: along the longest edge of the cloud. samples: of a block with more
    points than the network reads, at most; their answers are averaged. views: of each sample, see `readings`.
    """

    def __init__(
        self, network: OccupancyNetwork, cloud: Tensor, whole: Field, blocks: int, samples: int = 1, views: int = 1
    ) -> None:
        self.network, self.cloud, self.whole, self.samples, self.views = network, cloud, whole, samples, views
        low, high = cloud[:, :3].amin(dim=0), cloud[:, :3].amax(dim=0)
        self.blocks = Blocks.over(torch.stack([low, high]), blocks)
        self._near = _nearness(cloud[:, :3])
        self._fields: OrderedDict[int, Field | None] = OrderedDict()

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self.network.device

    @property
    def bounds(self) -> Tensor:
        """The box in which the surface lies, (2, 3): that of the cloud and the padding of a block."""
        margin = (PADDED_HALF - 0.5) * self.blocks.edge
        return torch.stack([self.cloud[:, :3].amin(dim=0) - margin, self.cloud[:, :3].amax(dim=0) + margin])

    def __call__(self, points: Tensor) -> Tensor:
        places = points.detach()
        whole = self.whole(points).to(points.device)
        share = self._nearness_of(places) * _falling((whole.detach().abs() - _UNSURE) / (_SURE - _UNSURE))  # of the blocks
        logits = whole * (1.0 - share)
        asked = (share > 0.0).nonzero().squeeze(1)
        for block, indices, weight in self.blocks.covering(places[asked]):
            rows = asked[indices]
            field = self._field(block)
            answer = whole[rows] if field is None else field(self.blocks.to_unit(points[rows], block)).to(points.device)
            logits = logits.index_add(0, rows, weight * share[rows] * answer)
        return logits

    def _nearness_of(self, places: Tensor) -> Tensor:
        return interpolate(self._near.to(places.device), places.unsqueeze(0))[0, :, 0]

    def _field(self, block: int) -> Field | None:
        """The field of one block in its own unit cube; None where the whole answers in its place."""
        if block not in self._fields:
            self._fields[block] = self._encoded(block)
            while len(self._fields) > _BLOCKS_KEPT:
                self._fields.popitem(last=False)
        self._fields.move_to_end(block)
        return self._fields[block]

    def _encoded(self, block: int) -> Field | None:
        unit = self.blocks.to_unit(self.cloud[:, :3], block)
        held = (unit.abs() <= PADDED_HALF).all(dim=1).nonzero().squeeze(1)
        if len(held) < FEWEST_POINTS:
            return None
        seen = subsamples(torch.cat([unit[held], self.cloud[held, 3:]], dim=1), self.samples)
        field = mean_field(self.network, readings(seen, self.views))
        if not self._contradicts(field, block):
            return field
        if not self.network.encoder.reads_normals or self.cloud.shape[1] > 3:
            return None
        field = mean_field(self.network, readings([self._with_normals(sample, block) for sample in seen], self.views))
        return None if self._contradicts(field, block) else field

    def _contradicts(self, field: Field, block: int) -> bool:
        """Whether a block's field has the other sign than the whole at too many places, near the cloud, where that is sure."""
        probes = (torch.rand(_PROBES, 3, generator=torch.Generator().manual_seed(0)) - 0.5) * PADDED_EDGE
        places = self.blocks.to_scene(probes, block)
        with torch.no_grad():
            whole = self.whole(places).cpu()
            wrong = (field(probes).cpu() > 0.0) != (whole > 0.0)
        sure = (whole.abs() > 0.5 * (_UNSURE + _SURE)) & (self._nearness_of(places) > 0.0)
        return int((wrong & sure).sum()) > _MOST_CONTRADICTIONS * int(sure.sum())

    def _with_normals(self, sample: Tensor, block: int) -> Tensor:
        """The points of a block's sample (N, 3) with the whole's normals, (N, 6)."""
        with torch.enable_grad():
            places = self.blocks.to_scene(sample, block).requires_grad_()
            (gradient,) = torch.autograd.grad(self.whole(places).sum(), places)
        return torch.cat([sample, -torch.nn.functional.normalize(gradient, dim=1)], dim=1)


def _falling(share: Tensor) -> Tensor:
    """A smooth step from 1 at 0 to 0 at 1."""
    return smoothstep(1.0 - share)


def _nearness(points: Tensor) -> Tensor:
    """How near the points (N, 3) of the unit cube are, 1 at them and 0 far away: a grid (1, R, R, R, 1) for `interpolate`."""
    empty = np.ones(_CELLS**3, dtype=bool)
    empty[cells_of(points.cpu().unsqueeze(0), _CELLS).numpy()] = False
    distance = torch.from_numpy(np.asarray(distance_transform_edt(empty.reshape(_CELLS, _CELLS, _CELLS))))
    return _falling((distance - _NEAR) / (_FAR - _NEAR)).float().view(1, _CELLS, _CELLS, _CELLS, 1)
