"""Nearest input points of any query: a k-d tree on the CPU, blocked distances elsewhere; equal results either way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from occnet.networks.remembered_neighbours import LARGEST_COUNT, RememberedNeighbours

_BLOCK = 4096  # queries a block of the distance matrix on an accelerator: 4096 x 10,000 floats are 160 MB


class PointIndex:
    """An index over a batch of clouds, (B, N, 3), that answers which points are nearest to queries.

    On the CPU it is a k-d tree a cloud (scipy), built once and asked as often as needed; on CUDA and MPS the
    distances are computed in blocks. Neither path carries gradients: it returns indices.
    """

    def __init__(self, points: Tensor, counts: Sequence[int] | None = None) -> None:
        """counts: of the points of each cloud that may be answers, its first ones; all of them as a rule."""
        self.points = points.detach()
        self._counts = list(counts) if counts is not None else [points.shape[1]] * len(points)
        clouds = self.points.float().numpy() if points.device.type == "cpu" else None
        self._trees = None if clouds is None else [KDTree(cloud[:n]) for cloud, n in zip(clouds, self._counts, strict=True)]

    def nearest(self, queries: Tensor, count: int) -> Tensor:
        """Indices of the nearest points, nearest first: (B, Q, 3) -> (B, Q, count) int64.

        A cloud with fewer points than count repeats its farthest neighbour, so that every row is full.
        """
        queries = queries.detach()
        if self._trees is not None:
            arrays = queries.float().numpy()
            found = [
                tree.query(array, k=min(count, tree.n), workers=-1)[1].reshape(len(array), -1)
                for tree, array in zip(self._trees, arrays, strict=True)
            ]
            filled = [np.pad(rows, ((0, 0), (0, count - rows.shape[1])), mode="edge") for rows in found]
            return torch.from_numpy(np.stack(filled).astype(np.int64, copy=False))
        ends = torch.tensor(self._counts, device=queries.device).view(-1, 1, 1)
        beyond = torch.arange(self.points.shape[1], device=queries.device) >= ends  # (B, 1, N)
        place = torch.arange(count, device=queries.device).expand(len(ends), 1, count).minimum(ends - 1)  # (B, 1, count)
        indices = []
        for block in queries.split(_BLOCK, dim=1):
            distance = torch.cdist(block, self.points, compute_mode="donot_use_mm_for_euclid_dist").masked_fill(
                beyond, torch.inf
            )
            nearest = distance.topk(min(count, self.points.shape[1]), largest=False).indices
            indices.append(nearest.gather(2, place.expand(-1, block.shape[1], -1)))
        return torch.cat(indices, dim=1)

    def remembering(self, count: int) -> Callable[[Tensor], Tensor]:
        """What `nearest` is for that count, made for many queries close together: (B, Q, 3) -> (B, Q, count)."""
        if self._trees is None or count > min(LARGEST_COUNT, *self._counts):
            return lambda queries: self.nearest(queries, count)
        clouds = [RememberedNeighbours(tree, count) for tree in self._trees]
        return lambda queries: torch.stack(
            [cloud.nearest(part) for cloud, part in zip(clouds, queries.detach().float(), strict=True)]
        )


def rows_at(features: Tensor, indices: Tensor) -> Tensor:
    """Rows of each cloud's features picked by indices: (B, N, C), (B, Q, K) -> (B, Q, K, C)."""
    batch, count, channels = features.shape
    offset = torch.arange(batch, device=features.device).view(batch, 1, 1) * count
    flat = (indices + offset).reshape(-1)
    return features.reshape(batch * count, channels).index_select(0, flat).view(*indices.shape, channels)
