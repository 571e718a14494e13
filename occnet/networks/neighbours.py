"""Nearest input points of any query: a k-d tree on the CPU, blocked distances elsewhere; equal results either way."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

_BLOCK = 4096  # queries a block of the distance matrix on an accelerator: 4096 x 10,000 floats are 160 MB


class PointIndex:
    """An index over a batch of clouds, (B, N, 3), that answers which points are nearest to queries.

    On the CPU it is a k-d tree a cloud (scipy), built once and asked as often as needed; on CUDA and MPS the
    distances are computed in blocks. Neither path carries gradients: it returns indices.
    """

    def __init__(self, points: Tensor) -> None:
        self.points = points.detach()
        self._trees = [KDTree(cloud) for cloud in self.points.float().numpy()] if points.device.type == "cpu" else None

    def nearest(self, queries: Tensor, count: int) -> Tensor:
        """Indices of the nearest points, nearest first: (B, Q, 3) -> (B, Q, count) int64.

        A cloud with fewer points than count repeats its farthest neighbour, so that every row is full.
        """
        total = self.points.shape[1]
        found = min(count, total)
        queries = queries.detach()
        if self._trees is not None:
            arrays = queries.float().numpy()
            rows = [
                tree.query(array, k=found, workers=-1)[1].reshape(len(array), found)
                for tree, array in zip(self._trees, arrays, strict=True)
            ]
            indices = torch.from_numpy(np.stack(rows).astype(np.int64, copy=False))
        else:
            blocks = [
                torch.cdist(block, self.points, compute_mode="donot_use_mm_for_euclid_dist").topk(found, largest=False).indices
                for block in queries.split(_BLOCK, dim=1)
            ]
            indices = torch.cat(blocks, dim=1)
        if found < count:
            indices = torch.cat([indices, indices[..., -1:].expand(*indices.shape[:-1], count - found)], dim=-1)
        return indices


def rows_at(features: Tensor, indices: Tensor) -> Tensor:
    """Rows of each cloud's features picked by indices: (B, N, C), (B, Q, K) -> (B, Q, K, C)."""
    batch, count, channels = features.shape
    offset = torch.arange(batch, device=features.device).view(batch, 1, 1) * count
    flat = (indices + offset).reshape(-1)
    return features.reshape(batch * count, channels).index_select(0, flat).view(*indices.shape, channels)
