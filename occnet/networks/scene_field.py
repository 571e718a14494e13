"""A cloud that is too large or too dense for one cube: a Field that encodes it block by block."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from occnet.field import Field
from occnet.networks.blocks import Blocks
from occnet.networks.grid import PADDED_EDGE, cells_of, interpolate
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.subsamples import mean_field, subsamples

FEWEST_POINTS = 64  # in a block that is encoded; with fewer there is nothing to refine
_BLOCKS_KEPT = 64  # encoded blocks in memory, about 15 MB each
_CELLS = 64  # along each edge of the grid that tells how far the cloud is
_NEAR, _FAR = 2.0, 5.0  # cells from the cloud up to which the blocks decide alone, and from which on they do not


class SceneField:
    """The Field of a whole scene in its unit cube: points (N, 3) -> logits (N,), > 0 inside.

    Near the cloud the blocks answer, each encoded from its own points in its own unit cube, at first use; where several
    cover a place their logits are blended (see `Blocks`). Far from the cloud, and in blocks that hold hardly a point, the
    answer is that of the whole scene seen in one cube: what a block shows does not tell whether the middle of a large solid
    is solid, and the whole does. The weights change smoothly, so that the field is as smooth as its parts.
    After the "fully-convolutional" scenes of Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.4 and 4.4.

    cloud: (N, 3) float32 in the unit cube, or (N, 6) with normals if the network reads them, in random order.
    whole: the field of the scene in one cube. blocks: along the longest edge of the cloud. samples: of a block with more
    points than the network reads, at most; their answers are averaged.
    """

    def __init__(self, network: OccupancyNetwork, cloud: Tensor, whole: Field, blocks: int, samples: int = 1) -> None:
        self.network, self.cloud, self.whole, self.samples = network, cloud, whole, samples
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
        margin = 0.5 * (PADDED_EDGE - 1.0) * self.blocks.edge
        return torch.stack([self.cloud[:, :3].amin(dim=0) - margin, self.cloud[:, :3].amax(dim=0) + margin])

    def __call__(self, points: Tensor) -> Tensor:
        near = interpolate(self._near.to(points.device), points.detach().unsqueeze(0))[0, :, 0]
        far = 1.0 - near  # the share of the whole
        logits = torch.zeros_like(far)
        within = (near > 0.0).nonzero().squeeze(1)
        for block, indices, weight in self.blocks.covering(points[within].detach()):
            rows = within[indices]
            weight = weight * near[rows]
            field = self._field(block)
            if field is None:
                far = far.index_add(0, rows, weight)
            else:
                answer = field(self.blocks.to_unit(points[rows], block)).to(points.device)
                logits = logits.index_add(0, rows, weight * answer)
        rest = (far > 0.0).nonzero().squeeze(1)
        if len(rest):
            logits = logits.index_add(0, rest, far[rest] * self.whole(points[rest]).to(points.device))
        return logits

    def _field(self, block: int) -> Field | None:
        """The field of one block in its own unit cube; None where it holds too few points."""
        if block not in self._fields:
            self._fields[block] = self._encoded(block)
            while len(self._fields) > _BLOCKS_KEPT:
                self._fields.popitem(last=False)
        self._fields.move_to_end(block)
        return self._fields[block]

    def _encoded(self, block: int) -> Field | None:
        unit = self.blocks.to_unit(self.cloud[:, :3], block)
        held = (unit.abs() <= 0.5 * PADDED_EDGE).all(dim=1)
        if int(held.sum()) < FEWEST_POINTS:
            return None
        seen = torch.cat([unit[held], self.cloud[held, 3:]], dim=1)
        return mean_field(self.network, subsamples(seen, self.samples))


def _nearness(points: Tensor) -> Tensor:
    """How near the points (N, 3) of the unit cube are, 1 at them and 0 far away: a grid (1, R, R, R, 1) for `interpolate`."""
    empty = np.ones(_CELLS**3, dtype=bool)
    empty[cells_of(points.cpu().unsqueeze(0), _CELLS).numpy()] = False
    distance = torch.from_numpy(np.asarray(distance_transform_edt(empty.reshape(_CELLS, _CELLS, _CELLS))))
    ramp = ((_FAR - distance) / (_FAR - _NEAR)).clamp(0.0, 1.0)
    return (ramp * ramp * (3.0 - 2.0 * ramp)).float().view(1, _CELLS, _CELLS, _CELLS, 1)
