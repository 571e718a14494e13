"""The solid with the highest expected IoU, by a network's own probabilities.

Where a network is sure of little, as of the far side of a thing in a photo, no probability may reach any fixed threshold, and
the answer would be empty or thin. The set of places with the highest expected IoU is that above some threshold, which is lower
the less sure the network is, and never above 0.5. Nowozin, Optimal Decisions from Probabilistic Models: the
Intersection-over-Union Case, CVPR 2014.
"""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.cube import PADDED_EDGE
from occnet.field import Field

LEAST_THRESHOLD = 0.02  # below that a network sees nothing: no picture of a thing was found to need it
_CELLS = 32  # along each edge of the padded cube at which the field is asked


def adapted_threshold(field: Field, cells: int = _CELLS) -> float:
    """The probability in [LEAST_THRESHOLD, 0.5] at which a field over the padded unit cube is best cut into in and out."""
    return float(best_thresholds(uniform_logits(field, cells).unsqueeze(0)))


def expected_iou(logits: Tensor, threshold: float) -> float:
    """The IoU with the true solid, as logits (N,) at uniform points expect it, cut at a threshold; 0 where empty."""
    chance = logits.double().sigmoid()
    inside = chance > threshold
    return float(chance[inside].sum() / (inside.sum() + chance[~inside].sum())) if inside.any() else 0.0


def uniform_logits(field: Field, cells: int = _CELLS) -> Tensor:
    """A field over the padded unit cube at the centres of so many cells along each edge, (cells^3,), on the CPU."""
    ticks = ((torch.arange(cells) + 0.5) / cells - 0.5) * PADDED_EDGE
    with torch.no_grad():
        return field(torch.cartesian_prod(ticks, ticks, ticks)).float().cpu()


def best_thresholds(logits: Tensor) -> Tensor:
    """Thresholds (B,) in [LEAST_THRESHOLD, 0.5] with the highest expected IoU, from logits (B, N) at uniform points.

    With the k surest places inside, the expected overlap is the sum of their probabilities, and the expected union is k and the
    sum of the other places' probabilities; of many places the ratio of these is nearly the expected ratio.
    """
    surest = logits.double().sort(dim=1, descending=True).values
    overlap = surest.sigmoid().cumsum(dim=1)
    union = torch.arange(1, logits.shape[1] + 1, device=logits.device) + overlap[:, -1:] - overlap
    last = (overlap / union).argmax(dim=1, keepdim=True)
    beyond = (last + 1).clamp(max=logits.shape[1] - 1)
    between = 0.5 * (surest.gather(1, last) + surest.gather(1, beyond))  # places at the threshold itself are outside
    return between.squeeze(1).sigmoid().clamp(LEAST_THRESHOLD, 0.5)
