"""A field whose pieces hang together where a picture shows one thing: raised along the likeliest way between them.

A network that is unsure of a stem or a leg gives it a low probability, and cut at a threshold that suits all the rest, the
thing falls apart. What the picture shows as one is one; so the threshold is lowered there alone, where the field allows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from occnet.cube import PADDED_EDGE
from occnet.field import Field, Numbers, points_of
from occnet.inference.picture_view import PictureView

_CELLS = 48  # along each edge of the padded cube, in which pieces and the ways between them are looked for
_REACH = 2.5  # cells around a way in which the field is raised, less and less
_ABOVE = 0.3  # logits above the level that it has on the way
_SLACK = 0.03  # share of the window by which a way may run beside what the picture shows
_LEAST_SHARE = 0.25  # of the threshold, that the probability must have all along a way
_LEAST = 0.02  # and the least probability
_SPECK = 0.005  # share of the largest piece: smaller ones are not joined to it
_CHUNK = 4096  # points at a time: each is compared with all places of the ways


@dataclass(frozen=True, eq=False)
class JoinedField:
    """A field raised around places: points (N, 3) -> logits (N,)."""

    part: Field
    places: Tensor  # (K, 3)
    lifts: Tensor  # (K,) logits that are added there, less and less around
    reach: float  # of that, in edges of the unit cube

    @property
    def device(self) -> torch.device:
        """Where the part is evaluated."""
        return getattr(self.part, "device", None) or torch.device("cpu")

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        logits = self.part(points)
        places, lifts = self.places.to(points), self.lifts.to(points)
        added = []
        for some in points.split(_CHUNK):
            share = (1.0 - torch.cdist(some, places) / self.reach).clamp(min=0.0)
            added.append((lifts * (share * share * (3.0 - 2.0 * share))).amax(dim=1))
        return logits + torch.cat(added).to(logits) if added else logits


def joined(field: Field, level: float, view: PictureView) -> JoinedField | None:
    """The field with its pieces above a level joined; None where none are to be joined.

    Ways run through what the picture shows, along the highest probabilities, and none through places whose probability is below
    a quarter of the threshold.
    """
    centers = _centers()
    inside = binary_dilation(view.pictured.outline, iterations=max(1, round(_SLACK * view.pictured.window.edge)))
    shown = view.shown(centers, np.asarray(inside, dtype=bool))
    logits = np.full(len(centers), -np.inf)
    with torch.no_grad():
        logits[shown] = field(torch.from_numpy(centers[shown]).float()).double().cpu().numpy()
    ways = _ways(logits.reshape((_CELLS,) * 3), level)
    if not len(ways):
        return None
    places = torch.from_numpy(centers[ways])
    lifts = torch.from_numpy(level + _ABOVE - logits[ways]).clamp(min=0.0)
    return JoinedField(field, places.float(), 1.2 * lifts.float(), _REACH * PADDED_EDGE / _CELLS)


def _centers() -> NDArray[np.float64]:
    """The centres of the cells, x slowest, (_CELLS^3, 3)."""
    ticks = ((np.arange(_CELLS) + 0.5) / _CELLS - 0.5) * PADDED_EDGE
    return np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)


def _ways(logits: NDArray[np.float64], level: float) -> NDArray[np.int64]:
    """The cells of the ways from each piece that is no speck to the largest, numbered x slowest; none where there is one."""
    pieces, count = label(logits > level, np.ones((3, 3, 3)))  # type: ignore[misc]
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    wanted = np.flatnonzero(sizes >= max(_SPECK * sizes.max(), 1))
    if len(wanted) < 2:
        return np.empty(0, dtype=np.int64)
    largest = int(sizes.argmax())
    distance, before = _distances(logits, level, np.flatnonzero(pieces.ravel() == largest))
    found: list[int] = []
    for piece in wanted[wanted != largest]:
        cells = np.flatnonzero(pieces.ravel() == piece)
        cell = int(cells[distance[cells].argmin()])
        while np.isfinite(distance[cell]) and pieces.ravel()[cell] != largest:
            found.append(cell)
            cell = int(before[cell])
            if pieces.ravel()[cell] == largest:
                found.append(cell)
    return np.array(sorted(set(found)), dtype=np.int64)


def _distances(
    logits: NDArray[np.float64], level: float, start: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """How unlikely the likeliest way from a set of cells to each cell is, and the cell before it on that way, both (cells^3,).

    A way costs minus the logarithm of the probability at each of its cells below the level, and nearly nothing above it.
    """
    least = max(_LEAST, _LEAST_SHARE / (1.0 + np.exp(-level)))
    chance = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
    cost = np.where(logits > level, 1e-3, 1e-3 - np.log(chance))
    open_to = (chance >= least).ravel()
    numbers = np.arange(logits.size).reshape(logits.shape)
    one = np.concatenate([numbers.take(range(_CELLS - 1), axis).ravel() for axis in range(3)])
    other = np.concatenate([numbers.take(range(1, _CELLS), axis).ravel() for axis in range(3)])
    passable = open_to[one] & open_to[other]
    one, other = one[passable], other[passable]
    weights = 0.5 * (cost.ravel()[one] + cost.ravel()[other])
    graph = coo_array((weights, (one, other)), shape=(logits.size, logits.size)).tocsr()
    distance, before, _ = dijkstra(graph, directed=False, indices=start, min_only=True, return_predecessors=True)
    return distance, before
