"""How good a network is on validation shapes, and at which probability its surface is best drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from lightning_fabric import Fabric
from torch import Tensor

from occnet.data.batches import Batch
from occnet.field import logit_of
from occnet.inference.threshold import best_thresholds
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.surface_network import SurfaceNetwork
from occnet.networks.surfaces import f_scores
from occnet.pipeline.train.run_tables import F_SCORE, IOU
from occnet.pipeline.train.training_data import TrainingData

THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
"""Probabilities that are tried. Cross-entropy is content where a doubtful point is a toss-up; IoU wants some of them."""


WITHIN = 0.05
"""Edges of the unit cube within which a point counts in the F-score: 1,024 points on a surface lie half as far apart."""


@dataclass(frozen=True)
class Validation:
    """Mean IoU at each size of the observation, at the threshold that is best over all of them, or at adapted ones; of networks
    that draw surfaces their mean F-score."""

    sizes: tuple[int, ...]  # points of a scan; a single 0 where the network reads no cloud
    scores: tuple[float, ...]  # one a size
    threshold: float
    measure: str = IOU


@torch.no_grad()
def validate(network: OccupancyNetwork, data: TrainingData, fabric: Fabric) -> Validation:
    """The scores over validation shapes, on uniform points. All processes take part, each with its share of the shapes.

    A generative network is given half of the labelled points to infer its latent code from, and is scored on the others.
    """
    network.to(fabric.device).eval()
    measure = F_SCORE if isinstance(network, SurfaceNetwork) else IOU
    total = min(data.config.validation_shapes, len(data.validation))
    shapes = [number * len(data.validation) // total for number in range(total)]  # spread over the split
    own = shapes[fabric.global_rank :: fabric.world_size]
    sums = torch.zeros(len(data.sizes), 1 + len(THRESHOLDS), dtype=torch.float64, device=fabric.device)
    for row, size in enumerate(data.sizes):
        for start in range(0, len(own), 8):
            batch = data.validation_batch(own[start : start + 8], size).to(fabric.device)
            with fabric.autocast():
                sums[row] += _f_scores(network, batch) if isinstance(network, SurfaceNetwork) else _ious_of(network, batch)
    means = fabric.all_reduce(sums, reduce_op="sum")
    assert isinstance(means, Tensor)
    means = (means / total).cpu()
    best = THRESHOLDS.index(0.5) if measure == F_SCORE else int(means[:, 1:].mean(dim=0).argmax())
    return Validation(data.sizes, tuple(means[:, 0 if network.adaptive else 1 + best].tolist()), THRESHOLDS[best], measure)


def _f_scores(network: SurfaceNetwork, batch: Batch) -> Tensor:
    """The sum over the batch of the F-scores of surfaces, for whatever threshold, since they have none."""
    assert batch.surface is not None
    torch.manual_seed(0)  # points on the surfaces are drawn: a network has one score
    points, _ = network.surfaces(batch.observation)[-1].sampled(batch.surface.shape[1])
    return f_scores(points, batch.surface[..., :3], WITHIN).double().sum().expand(1 + len(THRESHOLDS))


def _ious_of(network: OccupancyNetwork, batch: Batch) -> Tensor:
    logits, inside = _predicted(network, batch)
    return _ious(logits, inside > 0.5)


def _ious(logits: Tensor, inside: Tensor) -> Tensor:
    """Sums over the batch of the IoU at adapted thresholds and at each fixed one: logits and labels (B, N) -> (1 + fixed,)."""
    sums = []
    for level in (best_thresholds(logits).logit().unsqueeze(1), *map(logit_of, THRESHOLDS)):
        predicted = logits > level
        union = (predicted | inside).sum(dim=1)
        overlap = (predicted & inside).sum(dim=1)
        sums.append(torch.where(union > 0, overlap / union.clamp(min=1), 1.0).sum())
    return torch.stack(sums).double()


def _predicted(network: OccupancyNetwork, batch: Batch) -> tuple[Tensor, Tensor]:
    """Logits, and the labels that they are to be compared with."""
    if network.latent is None:
        return network(batch.observation, batch.points), batch.inside
    half = batch.points.shape[1] // 2
    code = network.encoder(batch.observation)
    posterior = network.latent(batch.points[:, :half], batch.inside[:, :half], code)
    code = torch.cat([code, posterior.mean.to(code.dtype)], dim=-1)
    return network.decoder(batch.points[:, half:], code), batch.inside[:, half:]
