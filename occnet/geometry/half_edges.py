"""The edges of a mesh: which faces meet along each, and in which direction they run along it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


class HalfEdges:
    """The half-edges of faces (F, 3), put together to edges; half-edge 3 f + k runs along face f from its corner k to the next.

    Edges have no direction and are numbered in ascending order of their lower vertex, then of their higher one. An edge from a
    vertex to itself, of a face that names it twice, is one like any other, but not a proper one.

    start, end: (3 F,) vertices of each half-edge. order: (3 F,) half-edges, edge by edge, ascending within each. first, sizes:
    (E,) where in order each edge begins, and how many half-edges it has. low, high: (E,) vertices of each edge.
    """

    def __init__(self, faces: Integers) -> None:
        self.start, self.end = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
        low, high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)
        keys = low * (high.max(initial=0) + 1) + high
        self.order = np.argsort(keys, kind="stable")
        keys = keys[self.order]
        self._begins = np.ones(len(keys), dtype=bool)
        self._begins[1:] = keys[1:] != keys[:-1]
        self.first = np.flatnonzero(self._begins)
        self.sizes = np.diff(np.append(self.first, len(keys)))
        self.low, self.high = low[self.order[self.first]], high[self.order[self.first]]

    @cached_property
    def proper(self) -> Booleans:
        """Whether each edge has two different vertices, (E,)."""
        return self.low != self.high

    @cached_property
    def edge(self) -> Integers:
        """The edge of each half-edge, (3 F,)."""
        result = np.empty(len(self.order), dtype=np.int64)
        result[self.order] = np.repeat(np.arange(len(self.first)), self.sizes)
        return result

    @cached_property
    def excess(self) -> Integers:
        """How many more half-edges of each edge run from its lower vertex to the higher one than back, (E,).

        It is 0 everywhere exactly where the surface has no boundary: then the winding number is whole.
        """
        upward = np.sign(self.end - self.start)[self.order]
        return np.add.reduceat(upward, self.first) if len(upward) else upward

    def of(self, chosen: Booleans) -> Integers:
        """All half-edges of the chosen edges (E,), edge by edge, (H,)."""
        return self.order[np.repeat(chosen, self.sizes)]

    def pairs(self, chosen: Booleans) -> tuple[Integers, Integers]:
        """The first two half-edges of each chosen edge (E,), which has at least two, (P,) each."""
        place = self.first[chosen]
        return self.order[place], self.order[place + 1]

    def neighbours(self) -> tuple[Integers, Integers]:
        """Pairs of half-edges on one edge: each but the first of its edge, behind the one before it."""
        later = np.flatnonzero(~self._begins)
        return self.order[later - 1], self.order[later]

    def bodies(self) -> NDArray[np.int32]:
        """The number of the body of each face, (F,): faces are joined by proper edges; bodies are numbered by first faces."""
        one, other = self.neighbours()
        proper = self.start[one] != self.end[one]
        return connected(one[proper] // 3, other[proper] // 3, len(self.start) // 3)


def following(half: Integers) -> Integers:
    """The half-edge that comes next along the same face."""
    return half - half % 3 + (half + 1) % 3


def connected(one: NDArray, other: NDArray, count: int) -> NDArray[np.int32]:
    """The number of the component of each of count things, (count,), where one[k] is joined to other[k], both (N,).

    Components are numbered in the order of the first things in them.
    """
    graph = coo_array((np.ones(len(one), dtype=bool), (one, other)), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def vertex_parts(faces: Integers, vertices: int) -> NDArray[np.int32]:
    """The number of the connected part of each of so many vertices, (V,): parts that share a vertex are one."""
    return connected(faces[:, :2].reshape(-1), faces[:, 1:].reshape(-1), vertices)  # two edges join all three
