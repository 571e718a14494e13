"""Nearest points for many queries that lie close together, as the corners of a fine lattice do: equal answers, sooner."""

from __future__ import annotations

from threading import Lock

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

LARGEST_COUNT = 16  # neighbours asked for; more than half of the candidates would seldom be proven
_CANDIDATES = 32  # points remembered for each cube; more are proven more often, and take longer to sort
_LANE_BITS = 5
_EDGE = 0.55  # of a cube, in distances from a point to the farthest neighbour asked for: 97 % of the answers are proven
_MOST_CUBES_ALONG = 128
_MOST_CUBES = 1 << 15  # remembered, in 16 MB; an extraction meets a third of it
_UNKNOWN, _USELESS = -1, -2  # cubes not met yet; cubes so far from the points that no answer would be proven


class RememberedNeighbours:
    """The nearest points of one cloud, (N, 3) on the CPU, in cubes of space that remember what lies around them.

    A cube that is met for the first time asks the k-d tree for the 32 points nearest to its centre. A query picks its own
    nearest among those of its cube. What is not among them is farther from the centre than all of them, so that the triangle
    inequality proves the answer, query by query; where it does not, and far from the cloud, the tree is asked. Safe to
    be used by several threads.
    """

    def __init__(self, tree: KDTree, count: int) -> None:
        self._points, self._tree, self.count = np.asarray(tree.data), tree, count
        sample = self._points[:: max(1, tree.n // 512)]
        reach = float(np.median(_ask(tree, sample, count)[0][:, -1]))
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        self._edge = max(_EDGE * reach, float((high - low).max()) / (_MOST_CUBES_ALONG - 2), 1e-30)
        self._low = low - self._edge
        self._shape = np.ceil((high - low) / self._edge).astype(np.int64) + 2
        self._slots = torch.full(
            (int(self._shape.prod()) + 1,), _UNKNOWN, dtype=torch.int32
        )  # the last one stands for all that is outside
        self._slots[-1] = _USELESS
        self._known = 0
        self._grow(1024)
        self._lock = Lock()

    def nearest(self, queries: Tensor) -> Tensor:
        """Indices of the nearest points, nearest first: (Q, 3) float32 -> (Q, count) int64."""
        keys, offsets = self._cubes(queries)
        slots = self._slots[keys].long()
        unknown = slots == _UNKNOWN
        if bool(unknown.any()):
            self._learn(torch.unique(keys[unknown]))
            slots = self._slots[keys].long()
        lanes, proven = self._pick(slots.clamp(min=0), offsets)
        result = self._indices.view(-1).index_select(0, lanes.view(-1)).view(lanes.shape).long()
        asked = (~proven | (slots < 0)).nonzero().squeeze(1)
        if len(asked):
            result[asked] = torch.from_numpy(_ask(self._tree, queries[asked].numpy(), self.count)[1])
        return result

    def _cubes(self, queries: Tensor) -> tuple[Tensor, Tensor]:
        """The cube of each query, and the query's offset from its centre (Q, 3) float32."""
        places = (queries.double() - torch.from_numpy(self._low)) / self._edge
        cubes = places.floor()
        shape = torch.from_numpy(self._shape)
        inside = ((cubes >= 0) & (cubes < shape)).all(dim=1)
        x, y, z = cubes.long().unbind(dim=1)
        keys = torch.where(inside, (x * shape[1] + y) * shape[2] + z, len(self._slots) - 1)
        return keys, ((places - cubes - 0.5) * self._edge).float()

    def _pick(self, slots: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
        """Where in the table of candidates the nearest stand, (Q, count), and whether they are proven to be, (Q,)."""
        places = self._places.index_select(0, slots)  # (Q, 3, candidates): from the cube's centre
        gaps = (places - offsets.unsqueeze(2)).square_()
        distances = gaps[:, 0].add_(gaps[:, 1]).add_(gaps[:, 2])
        # A distance that is not negative is ordered as its bits are: one sort of whole numbers sorts the candidates, too.
        order = distances.contiguous().view(torch.int32).long() << _LANE_BITS | torch.arange(_CANDIDATES)
        array = order.numpy()
        array.sort(axis=1)
        order = order[:, : self.count]
        farthest = (order[:, -1] >> _LANE_BITS).int().view(torch.float32).sqrt()
        proven = farthest < 0.99999 * (self._reach[slots] - offsets.norm(dim=1))
        return (order & (_CANDIDATES - 1)) + (slots * _CANDIDATES).unsqueeze(1), proven

    def _learn(self, keys: Tensor) -> None:
        with self._lock:
            keys = keys[self._slots[keys] == _UNKNOWN]  # another thread may have been faster
            x, y, z = keys // (self._shape[1] * self._shape[2]), keys // self._shape[2] % self._shape[1], keys % self._shape[2]
            centers = (torch.stack([x, y, z], dim=1).double().numpy() + 0.5) * self._edge + self._low
            wanted = min(_CANDIDATES, len(self._points))
            distances, indices = _ask(self._tree, centers, wanted)
            reach = distances[:, -1] if wanted < len(self._points) else np.full(len(keys), np.inf)
            useful = distances[:, self.count - 1] + 0.5 * self._edge < reach
            useful[max(0, _MOST_CUBES - self._known) :] = False
            rows = np.flatnonzero(useful)
            begin, end = self._known, self._known + len(rows)
            if end > len(self._reach):
                self._grow(min(2 * end, _MOST_CUBES))
            places = np.full((len(rows), _CANDIDATES, 3), 1e15)  # where there are fewer points: farther than any
            places[:, :wanted] = self._points[indices[rows]] - centers[rows, None]
            self._places[begin:end] = torch.from_numpy(places.transpose(0, 2, 1).astype(np.float32))
            self._indices[begin:end, :wanted] = torch.from_numpy(indices[rows]).int()
            self._reach[begin:end] = torch.from_numpy(reach[rows]).float()
            self._known = end
            slots = torch.full(keys.shape, _USELESS, dtype=torch.int32)
            slots[torch.from_numpy(rows)] = torch.arange(begin, end, dtype=torch.int32)
            self._slots[keys] = slots  # last: who reads a slot finds its row

    def _grow(self, rows: int) -> None:
        old = self._known
        kept = (self._places[:old], self._indices[:old], self._reach[:old]) if old else None
        places, reach = torch.zeros(rows, 3, _CANDIDATES), torch.zeros(rows)
        indices = torch.zeros(rows, _CANDIDATES, dtype=torch.int32)
        if kept is not None:
            places[:old], indices[:old], reach[:old] = kept
        self._places, self._indices, self._reach = places, indices, reach


def _ask(tree: KDTree, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and indices of the nearest points, nearest first, (Q, count) each."""
    distances, indices = tree.query(queries, k=count)
    return np.asarray(distances).reshape(-1, count), np.asarray(indices, dtype=np.int64).reshape(-1, count)
