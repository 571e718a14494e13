"""Training batches as a pure function of seed and step: any step can be made again, on any machine, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from occnet.data.clouds import ScanConfig, clean_scan, simulate_scan
from occnet.data.shards import ShardedSplit
from occnet.errors import RecipeError


@dataclass(frozen=True, eq=False)
class Batch:
    """One batch of samples on the CPU."""

    observation: Tensor  # (B, N, 3) float32
    points: Tensor  # (B, Q, 3) float32
    inside: Tensor  # (B, Q) float32, 0 or 1


class ScanBatches:
    """Batches of simulated scans, drawn from several datasets in given shares.

    All scans of a batch have the same number of points, drawn log-uniformly for each step.
    """

    def __init__(
        self, splits: Sequence[ShardedSplit], shares: Sequence[float], size: int, config: ScanConfig, seed: int
    ) -> None:
        if len(shares) != len(splits) or min(shares) < 0.0 or not sum(shares) > 0.0:
            raise RecipeError(
                f"shares must give one number >= 0 for each of the {len(splits)} datasets, but is {list(shares)}."
            )
        self.splits, self.size, self.config, self.seed = list(splits), size, config, seed
        self._shares = np.asarray(shares) / np.sum(shares)

    def batch(self, step: int, rank: int = 0) -> Batch:
        """The batch of that training step for that process."""
        shared = np.random.default_rng((self.seed, step))  # the same on every process: equal work for all
        low, high = np.log(self.config.points_min), np.log(self.config.points_max)
        count = int(np.exp(shared.uniform(low, high)))
        generator = np.random.default_rng((self.seed, step, rank + 1))
        scans = []
        for _ in range(self.size):
            split = self.splits[generator.choice(len(self.splits), p=self._shares)]
            scans.append(simulate_scan(split, int(generator.integers(len(split))), count, self.config, generator))
        return _stacked([(scan.points, scan.queries, scan.inside) for scan in scans])


def validation_batch(split: ShardedSplit, shapes: Sequence[int], count: int, noise: float, queries: int) -> Batch:
    """The protocol's observation of the given shapes: the same at every call."""
    scans = [clean_scan(split, shape, count, noise, queries, np.random.default_rng((shape, count))) for shape in shapes]
    return _stacked([(scan.points, scan.queries, scan.inside) for scan in scans])


def _stacked(samples: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Batch:
    observation, points, inside = (torch.from_numpy(np.stack(arrays)) for arrays in zip(*samples, strict=True))
    return Batch(observation, points, inside)
