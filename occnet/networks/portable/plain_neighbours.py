"""Nearest points by all distances: what `PointIndex` answers, in operations that every runtime has."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


class PlainNeighbours:
    """An index over a batch of clouds, (B, N, 3), with N at least as large as what is asked for."""

    def __init__(self, points: Tensor, counts: Sequence[int] | None = None) -> None:
        del counts  # of batches that are filled up, which there are none of here
        self.points = points

    def nearest(self, queries: Tensor, count: int) -> Tensor:
        """Indices of the nearest points, nearest first: (B, Q, 3) -> (B, Q, count) int64."""
        apart = queries.unsqueeze(2) - self.points.unsqueeze(1)  # (B, Q, N, 3)
        return apart.square().sum(dim=-1).topk(count, largest=False).indices
