"""How far the points of a scan lie from the smooth surface through their neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

_NEIGHBOURS = 32  # that a bent sheet, a quadric, is laid through: it has six parameters
_SAMPLE = 2000  # places at which it is
_TINY = 1e-9  # of the neighbourhood's size: keeps the equations solvable where all neighbours lie on a line


def residuals(points: NDArray[np.floating], tree: KDTree | None = None) -> NDArray[np.float64]:
    """Heights of points above the quadrics fitted to them and their neighbours, (S, 32), in their unit.

    points: (N, 3). tree: of the points, where it is at hand. At up to 2,000 points, the 32 nearest each (fewer where there are
    fewer). They are corrected for the six parameters that each fit has taken out of them. What a surface bends within that
    reach is no residual, other than from a plane.
    """
    rows = np.linspace(0, len(points) - 1, min(len(points), _SAMPLE)).astype(int)
    count = min(_NEIGHBOURS, len(points))
    near = points[(tree or KDTree(points)).query(points[rows], k=count)[1].reshape(len(rows), count)]
    offsets = near - near.mean(axis=1, keepdims=True)
    size = np.abs(offsets).max(axis=(1, 2), keepdims=True)
    offsets = offsets / np.where(size > 0.0, size, 1.0)
    axes = np.linalg.eigh(np.einsum("ski,skj->sij", offsets, offsets))[1]
    height, second, first = np.einsum("ski,sij->jsk", offsets, axes)
    terms = np.stack([np.ones_like(first), first, second, first**2, first * second, second**2], axis=-1)
    normal = np.einsum("skt,sku->stu", terms, terms) + _TINY * np.eye(6)
    fitted = np.linalg.solve(normal, np.einsum("skt,sk->st", terms, height)[..., None])
    return (height - (terms @ fitted)[..., 0]) * size[..., 0] * np.sqrt(count / max(count - 6, 1))


def bent_noise(points: NDArray[np.floating], tree: KDTree | None = None) -> float:
    """The standard deviation of the points (N, 3) from their surface, in their unit, where that may be bent as it likes.

    The median over the places that `residuals` looks at. Smaller than `cloud_noise` where points are sparse and their surface
    bends, the same where they are dense.
    """
    return float(np.median(np.sqrt((residuals(points, tree) ** 2).mean(axis=1))))
