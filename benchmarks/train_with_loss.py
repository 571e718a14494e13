"""`occnet train` with another loss than the cross-entropy of labels: for the comparison in networks.py.

    python benchmarks/train_with_loss.py {boundary,distance} RECIPE -o RUN

Prepared datasets hold labels and no distances. Here each labelled point gets its distance to the nearest stored surface point,
20,480 a shape, and carries it in its label: 0.5 and the signed distance, which still is above 0.5 inside. Shapes that are
stretched for training have it before they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from scipy.spatial import KDTree
from torch import Tensor

from occnet.data.opening import open_split
from occnet.data.prepared_split import PreparedSplit
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline import training_data
from occnet.pipeline.memory import keep_freed_memory
from occnet.pipeline.train import train

_NEAR = 0.02  # distance at which a point counts as near, in unit-cube edges
_REACH = 0.05  # distance at which the signed one is cut off
_BOUNDARY_WEIGHT = 4.0  # of points on the surface, beside 1 of those far from it
_DISTANCE_WEIGHT = 0.5  # of the distance term beside the cross-entropy
_SLOPE = 4.0  # logit that stands for half of the reach, about


@dataclass
class Options:
    """What to train."""

    loss: Annotated[Literal["boundary", "distance"], tyro.conf.Positional]
    """boundary: the cross-entropy with more weight near the surface; distance: with a term of the signed distance"""
    recipe: Annotated[Path, tyro.conf.Positional]
    """as for `occnet train`"""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """the folder of the run"""


def boundary_weighted(network: OccupancyNetwork, observation: Tensor, points: Tensor, inside: Tensor, _: None = None) -> Tensor:
    """The cross-entropy, weighted by nearness to the surface; the weights have mean 1."""
    distance = inside - 0.5
    weight = 1.0 + (_BOUNDARY_WEIGHT - 1.0) * torch.exp(-((distance / _NEAR) ** 2))
    labels = (distance > 0.0).float()
    return F.binary_cross_entropy_with_logits(network(observation, points), labels, weight / weight.mean())


def with_distance(network: OccupancyNetwork, observation: Tensor, points: Tensor, inside: Tensor, _: None = None) -> Tensor:
    """The cross-entropy, and how far the squashed logits are from the signed distance, which is cut off at its reach."""
    distance = inside - 0.5
    logits = network(observation, points)
    term = F.smooth_l1_loss(torch.tanh(logits / _SLOPE), (distance / _REACH).clamp(-1.0, 1.0), beta=0.1)
    return F.binary_cross_entropy_with_logits(logits, (distance > 0.0).float()) + _DISTANCE_WEIGHT * term


class WithDistances:
    """A split of a dataset whose labels are 0.5 and the signed distance, (N,) float32."""

    def __init__(self, split: PreparedSplit) -> None:
        self._split = split

    def __getattr__(self, name: str) -> Any:
        return getattr(self._split, name)

    def __len__(self) -> int:
        return len(self._split)

    def labelled(self, shape: int, array: str, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """As of any split, but for the labels."""
        points, inside = self._split.labelled(shape, array, count, generator)
        surface, _ = self._split.surface(shape, self._split.surface_points, np.random.default_rng(shape))
        distance = KDTree(surface).query(points)[0].clip(1e-4, 0.49)
        return points, np.where(inside, 0.5 + distance, 0.5 - distance).astype(np.float32)


def main(options: Options) -> None:
    """Train as `occnet train` does, with that loss in place of its own."""
    keep_freed_memory()
    losses = {"boundary": boundary_weighted, "distance": with_distance}
    OccupancyNetwork.training_loss = losses[options.loss]  # type: ignore[method-assign]
    training_data.open_split = lambda *of, **how: WithDistances(open_split(*of, **how))  # type: ignore[assignment]
    train(options.recipe, options.output)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
