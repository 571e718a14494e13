"""Which faces of a mesh pass through each other: a tree of boxes finds the pairs, plain geometry in float64 decides them.

Of the pairs whose boxes overlap nearly all are neighbours, one of which lies on one side of the other's plane. Planes made once
for each face sort these out; what they leave in doubt, the exact test decides from the corners alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.morton import CELLS, morton_codes
from occnet.mesh import Mesh
from occnet.vectors import normalized

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

PAIRS = 1 << 17  # pairs of boxes or faces compared at once: few enough to stay in the cache
TOUCH = 1e-12  # of the mesh's diagonal: what is nearer than this touches, it does not pass through


def self_intersections(mesh: Mesh, faces: Integers | None = None) -> Integers:
    """Pairs of faces that pass through each other or lie on top of each other, (N, 2), sorted; the smaller index first.

    faces: (M,) indices of the faces whose pairs, with all faces, are examined; None examines all pairs. Every pair whose boxes
    overlap is decided in float64; contact within 1e-12 of the diagonal of the mesh does not count, nor do pairs of faces with
    the same three vertices (they are duplicates, not intersections).
    """
    if len(mesh.faces) < 2:
        return np.empty((0, 2), dtype=np.int64)
    chosen = None
    if faces is not None:
        chosen = np.zeros(len(mesh.faces), dtype=bool)
        chosen[faces] = True
    tolerance = TOUCH * float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    middles = mesh.triangles.mean(axis=1)
    middles -= middles.min(axis=0)
    order = np.argsort(morton_codes(middles / max(middles.max(), np.finfo(np.float64).tiny) * (CELLS - 1)), kind="stable")
    triangles = mesh.triangles[order]
    planes = _Planes(triangles, tolerance)
    found = [np.empty((0, 2), dtype=np.int64)]
    for first, second in _overlapping_boxes(triangles, tolerance, None if chosen is None else chosen[order]):
        doubtful = np.logical_not(planes.surely_beside(first, second))
        first, second = first[doubtful], second[doubtful]
        doubtful = np.logical_not(planes.surely_beside(second, first))
        first, second = order[first[doubtful]], order[second[doubtful]]
        hit = _pass_through(mesh, first, second, tolerance)
        found.append(np.stack([first[hit], second[hit]], axis=1))
    pairs = np.sort(np.concatenate(found), axis=1)
    return pairs[np.lexsort(pairs.T[::-1])]


def _overlapping_boxes(
    triangles: Floats, tolerance: float, chosen: NDArray[np.bool_] | None
) -> Iterator[tuple[Integers, Integers]]:
    """Pairs of triangles whose boxes overlap, at least one of each pair chosen.

    triangles: (F, 3, 3) in Morton order: halved, they make a balanced tree of boxes. Pairs of boxes are opened from the root.
    """
    corners = np.ascontiguousarray(triangles.transpose(1, 2, 0))  # (3 corners, 3 axes, F): an axis at a time
    low, high = corners.min(axis=0) - tolerance, corners.max(axis=0) + tolerance
    wanted = np.ones(len(triangles), dtype=bool) if chosen is None else chosen
    levels = [(low, high, wanted)]  # from leaves to root
    while low.shape[1] > 1:
        starts = np.arange(0, low.shape[1], 2)
        low, high = np.minimum.reduceat(low, starts, axis=1), np.maximum.reduceat(high, starts, axis=1)
        wanted = np.logical_or.reduceat(wanted, starts)
        levels.append((low, high, wanted))
    stack = [(len(levels) - 1, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))]
    while stack:
        level, a, b = stack.pop()
        if level == 0:
            yield a, b
            continue
        low, high, wanted = levels[level - 1]
        a, b = _children(a, b, low.shape[1], leaves=level == 1)
        kept = wanted[a] | wanted[b]
        for axis in range(3):
            a, b = a[kept], b[kept]
            kept = (low[axis, a] <= high[axis, b]) & (low[axis, b] <= high[axis, a])
        a, b = a[kept], b[kept]
        parts = max(1, -(-len(a) // PAIRS))
        stack.extend((level - 1, *pair) for pair in zip(np.array_split(a, parts), np.array_split(b, parts), strict=True))


def _children(a: Integers, b: Integers, count: int, leaves: bool) -> tuple[Integers, Integers]:
    """All pairs of children of pairs of nodes a <= b, each pair once; a leaf is not paired with itself."""
    left = np.concatenate([2 * a, 2 * a, 2 * a + 1, 2 * a + 1])
    right = np.concatenate([2 * b, 2 * b + 1, 2 * b, 2 * b + 1])
    kept = ((left < right) if leaves else (left <= right)) & (right < count) & (left < count)
    return left[kept], right[kept]


class _Planes:
    """The planes of all faces, (F, 3, 3), that tell most pairs which do not pass through each other."""

    def __init__(self, triangles: Floats, tolerance: float) -> None:
        triangles = triangles - 0.5 * (triangles.min(axis=(0, 1)) + triangles.max(axis=(0, 1)))
        self.corners = np.ascontiguousarray(triangles.transpose(1, 2, 0))  # (3 corners, 3 axes, F)
        start = self.corners[0]
        u, v = self.corners[1] - start, self.corners[2] - start
        normal = np.cross(u, v, axis=0)
        area, product = _lengths(normal), _lengths(u) * _lengths(v)
        with np.errstate(divide="ignore", invalid="ignore"):  # a face without area has no plane: nothing is ever sure of it
            self.normal = normal / area
            self.offset = (self.normal * start).sum(axis=0)
            # Twice what the exact test allows for contact and rounding, to farther than any corner of a pair can be.
            farthest = 2.0 * max(float(_lengths(side).max()) for side in (u, v, u - v))
            self.sure = 2.0 * (tolerance + 1e-15 * product / area * farthest)
        self.contact = 0.5 * tolerance

    def surely_beside(self, faces: Integers, others: Integers) -> Booleans:
        """Whether each other face lies on one side of the face's plane, as the exact test would find, (N,)."""
        normal, offset = [axis[faces] for axis in self.normal], self.offset[faces]
        heights = []
        for corner in self.corners:
            height = normal[0] * corner[0][others]
            height += normal[1] * corner[1][others]
            height += normal[2] * corner[2][others]
            heights.append(height - offset)
        low = np.minimum(np.minimum(heights[0], heights[1]), heights[2])
        high = np.maximum(np.maximum(heights[0], heights[1]), heights[2])
        sure = self.sure[faces]
        return ((low >= -self.contact) & (high > sure)) | ((high <= self.contact) & (low < -sure))


def _lengths(vectors: Floats) -> Floats:
    """Lengths of vectors (3, N), (N,)."""
    return np.sqrt(np.einsum("in,in->n", vectors, vectors))


def _pass_through(mesh: Mesh, first: Integers, second: Integers, tolerance: float) -> Booleans:
    """Whether each pair of faces shares more than corners, edges or a contact."""
    hit = np.zeros(len(first), dtype=bool)
    one, two = mesh.vertices[mesh.faces[first]], mesh.vertices[mesh.faces[second]]
    sides = _sides(one, two, tolerance)  # of the first's plane, of the second's corners
    rows = (_both_signs(sides) | (sides == 0).all(axis=1)).nonzero()[0]  # elsewhere the second lies on one side: most pairs
    first, second, one, two, sides = first[rows], second[rows], one[rows], two[rows], sides[rows]
    sides_back = _sides(two, one, tolerance)
    shared = (mesh.faces[first][:, :, None] == mesh.faces[second][:, None, :]).sum(axis=(1, 2))

    crossing = ((shared < 2) & _both_signs(sides) & _both_signs(sides_back)).nonzero()[0]
    entered = _an_edge_enters(one[crossing], two[crossing], sides[crossing], tolerance)
    entered |= _an_edge_enters(two[crossing], one[crossing], sides_back[crossing], tolerance)
    hit[rows[crossing]] = entered
    coplanar = (sides == 0).all(axis=1) & (sides_back == 0).all(axis=1)
    flat = (coplanar & (shared < 3)).nonzero()[0]
    hit[rows[flat]] = _overlap_in_plane(one[flat], two[flat], tolerance)
    return hit


def _both_signs(sides: Integers) -> Booleans:
    low = np.minimum(np.minimum(sides[:, 0], sides[:, 1]), sides[:, 2])
    high = np.maximum(np.maximum(sides[:, 0], sides[:, 1]), sides[:, 2])
    return (low < 0) & (high > 0)


def _sides(triangles: Floats, points: Floats, tolerance: float) -> Integers:
    """On which side of each triangle's plane each of some points (N, K, 3) lies: -1, 0 (in the plane) or 1, (N, K)."""
    u, v = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    normal = np.cross(u, v)
    offset = points - triangles[:, :1]
    volume = np.einsum("nij,nj->ni", offset, normal)
    product = np.linalg.norm(u, axis=1) * np.linalg.norm(v, axis=1)
    rounding = 1e-15 * product[:, None] * np.linalg.norm(offset, axis=2)
    limit = tolerance * np.linalg.norm(normal, axis=1)[:, None] + rounding
    return (volume > limit).astype(np.int64) - (volume < -limit)


def _an_edge_enters(triangles: Floats, others: Floats, sides: Integers, tolerance: float) -> Booleans:
    """Whether an edge of each other triangle, with given sides of its corners, passes through the triangle's interior."""
    hit = np.zeros(len(triangles), dtype=bool)
    for i in range(3):
        j = (i + 1) % 3
        rows = (sides[:, i] * sides[:, j] < 0).nonzero()[0]
        first = np.zeros(len(rows), dtype=np.int64)
        for k in range(3):  # whether the triangle's edges all turn the same way around the line of this edge
            plane = np.stack([others[rows, i], others[rows, j], triangles[rows, k]], axis=1)
            turn = _sides(plane, triangles[rows][:, [(k + 1) % 3]], tolerance)[:, 0]
            first = turn if k == 0 else first
            kept = (turn == first) & (turn != 0)
            rows, first = rows[kept], first[kept]
        hit[rows] = True
    return hit


def _overlap_in_plane(one: Floats, two: Floats, tolerance: float) -> Booleans:
    """Whether triangles in a common plane overlap by more than tolerance: no edge of either separates them."""
    normal = np.cross(one[:, 1] - one[:, 0], one[:, 2] - one[:, 0])
    apart = ~normal.any(axis=1)  # a degenerate triangle covers nothing
    for a, b in ((one, two), (two, one)):
        apart |= ~np.cross(b[:, 1] - b[:, 0], b[:, 2] - b[:, 0]).any(axis=1)
        for i in range(3):
            across = normalized(np.cross(normal, a[:, (i + 1) % 3] - a[:, i]))
            reach_a = np.einsum("nij,nj->ni", a - a[:, [i]], across)
            reach_b = np.einsum("nij,nj->ni", b - a[:, [i]], across)
            apart |= reach_b.max(axis=1) <= reach_a.min(axis=1) + tolerance
            apart |= reach_b.min(axis=1) >= reach_a.max(axis=1) - tolerance
    return np.logical_not(apart)
