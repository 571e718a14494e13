"""How far behind a surface a place is, by the planes of the points around it, of which some may be another surface's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.vectors import normalized

_SURFACES = 3  # that may meet, as in the corner of a room
_SAME, _OTHER = 0.9, 0.6  # cosine between normals of one surface, and of two; in between they belong to both in part
_ROUNDS = 2  # of finding the mean normal of a surface and which planes are its own
_LITTLE, _MUCH = 0.02, 0.15  # of the weight: a surface that has less is none, one that has more is a whole one


def meeting_planes(
    offsets: NDArray[np.float64], normals: NDArray[np.float64], weights: NDArray[np.float64], rounding: float = 0.0
) -> NDArray[np.float64]:
    """How far behind the surface each of M places is, (M,): the mean over planes of one surface, and of surfaces as they meet.

    Planes whose normals are alike are one surface. Where another one faces it, as the walls of a room do, behind either is
    behind: the larger distance counts; where they turn away from each other, as the sides of a box, the smaller one. One mean
    over all of them would bend the surface away from both, and beyond their edge it would leave fins.

    offsets: (M, K, 3) from a point of each plane to the place. normals: (M, K, 3) to the front, of unit length, or zero where
    the weight is. weights: (M, K), some above zero in each row. rounding: in the unit of the offsets, over what difference of
    the two distances the edge is rounded.
    """
    behind = -np.einsum("mki,mki->mk", offsets, normals)
    total, left = weights.sum(axis=1), weights
    result, facing, through = np.zeros(len(weights)), np.zeros((len(weights), 3)), np.zeros((len(weights), 3))
    for surface in range(_SURFACES):
        own, normal = _one_surface(normals, left)
        share = own.sum(axis=1)
        divisor = np.maximum(share, np.finfo(float).tiny)
        distance, middle = (own * behind).sum(axis=1) / divisor, -np.einsum("mk,mki->mi", own, offsets) / divisor[:, None]
        left = left - own
        if surface == 0:
            result, facing, through = distance, normal, middle
            continue
        towards = ((middle - through) * (facing - normal)).sum(axis=1) > 0.0
        blend = np.clip(rounding - np.abs(result - distance), 0.0, None) ** 2 / (4.0 * rounding) if rounding else 0.0
        met = np.where(towards, np.maximum(result, distance) + blend, np.minimum(result, distance) - blend)
        result = result + np.clip((share / total - _LITTLE) / (_MUCH - _LITTLE), 0.0, 1.0) * (met - result)
    return result


def _one_surface(normals: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights (M, K) of the planes that are of one surface with the weightiest, and its mean normal (M, 3)."""
    normal, own = normals[np.arange(len(normals)), weights.argmax(axis=1)], weights
    for _ in range(_ROUNDS):
        alike = np.einsum("mki,mi->mk", normals, normal)
        own = weights * np.clip((alike - _OTHER) / (_SAME - _OTHER), 0.0, 1.0)
        normal = normalized(np.einsum("mk,mki->mi", own, normals))
    return own, normal
