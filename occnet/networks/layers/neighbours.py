"""Nearest input points of any query: a k-d tree on the CPU, blocked distances elsewhere; equal results either way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from occnet.networks.fast.remembered_neighbours import LARGEST_COUNT, RememberedNeighbours

_BLOCK = 1 << 28  # distances at once on an accelerator, over all clouds of a batch: 1 GB, and twice that in the making


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
        total = self.points.shape[1]
        if min(self._counts) == total >= count:
            return torch.cat([distances.topk(count, largest=False).indices for distances in self._distances(queries)], dim=1)
        ends = torch.tensor(self._counts, device=queries.device).view(-1, 1, 1)
        beyond = torch.arange(total, device=queries.device) >= ends  # (B, 1, N)
        place = torch.arange(count, device=queries.device).expand(len(ends), 1, count).minimum(ends - 1)  # (B, 1, count)
        indices = []
        for distances in self._distances(queries):
            nearest = distances.masked_fill_(beyond, torch.inf).topk(min(count, total), largest=False).indices
            indices.append(nearest.gather(2, place.expand(-1, distances.shape[1], -1)))
        return torch.cat(indices, dim=1)

    def _distances(self, queries: Tensor) -> Iterator[Tensor]:
        """Squared distances of blocks of the queries from all points, (B, block, N), axis by axis.

        `torch.cdist` starts a group of threads for each single distance on CUDA, and by products it is not exact.
        """
        points = self.points.to(queries.dtype).unsqueeze(1)  # (B, 1, N, 3)
        for block in queries.unsqueeze(2).split(max(1, _BLOCK // points[..., 0].numel()), dim=1):
            total = (block[..., 0] - points[..., 0]).square_()
            for axis in (1, 2):
                total.add_((block[..., axis] - points[..., axis]).square_())
            yield total

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
