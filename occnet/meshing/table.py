"""The table of marching cubes, generated and not copied: how the surface runs through a cell for each pattern of signs.

A cell has corners 0..7, corner c at (c & 1, c >> 1 & 1, c >> 2 & 1), and twelve edges, each given by an axis and the corner at
its lower end. Where an edge has one end inside, the surface crosses it once. On each face the crossings are joined in pairs
by one rule that looks at that face only: a walk around the face enters the inside and leaves it, and each stretch inside is cut
off by its own segment. Both cells of a face therefore draw the same segments, so that the loops they form on the surface of
each cell close without cracks. A face with two diagonally opposite corners inside is ambiguous: the rule separates these
corners; a *flipped* face joins them instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

CORNERS = np.array([[c & 1, c >> 1 & 1, c >> 2 & 1] for c in range(8)], dtype=np.int64)
"""Offset of each corner from the cell's lowest corner, (8, 3)."""

EDGES = np.array([(axis, c) for axis in range(3) for c in range(8) if not c >> axis & 1], dtype=np.int64)
"""Axis and lower corner of each edge, (12, 2)."""

FACES = np.array([[axis, side] for axis in range(3) for side in (0, 1)], dtype=np.int64)
"""Axis and side (0 low, 1 high) of each face, (6, 2); face f ^ 1 is opposite."""

_EDGE_OF_CORNERS = {frozenset((int(c), int(c) | 1 << int(axis))): e for e, (axis, c) in enumerate(EDGES)}


def _corner_cycle(face: int) -> list[int]:
    """The four corners of a face, counter-clockwise seen from outside the cell."""
    axis, side = FACES[face]
    u, v = 1 << (axis + 1) % 3, 1 << (axis + 2) % 3  # u x v points along the axis
    base = int(side) << int(axis)
    cycle = [base, base | u, base | u | v, base | v]
    return cycle if side else cycle[::-1]


FACE_CORNERS = np.array([_corner_cycle(face) for face in range(6)], dtype=np.int64)
FACE_EDGES = np.array(
    [[_EDGE_OF_CORNERS[frozenset((int(c[i]), int(c[(i + 1) % 4])))] for i in range(4)] for c in FACE_CORNERS], dtype=np.int64
)


def is_inside(case: int, corner: int) -> bool:
    """Whether a corner is inside in a case: a bit pattern with bit c set where corner c is inside."""
    return bool(case >> corner & 1)


def is_ambiguous(case: int, face: int) -> bool:
    """Whether two diagonally opposite corners of a face, and only these, are inside."""
    a, b, c, d = (is_inside(case, int(corner)) for corner in FACE_CORNERS[face])
    return a == c and b == d and a != b


def _face_segments(case: int, face: int, flipped: bool) -> list[tuple[int, int]]:
    """Directed segments on a face, from the edge where a walk around it enters the inside to one where it leaves."""
    signs = [is_inside(case, int(corner)) for corner in FACE_CORNERS[face]]
    enters = [i for i in range(4) if not signs[i] and signs[(i + 1) % 4]]
    segments = []
    for enter in enters:
        step = -1 if flipped else 1  # separate: leave after this stretch inside; join: leave before it
        leave = next(i % 4 for i in range(enter + step, enter + 4 * step, step) if signs[i % 4] and not signs[(i + 1) % 4])
        segments.append((int(FACE_EDGES[face, enter]), int(FACE_EDGES[face, leave])))
    return segments


@cache
def loops(case: int, flipped_face: int = -1) -> tuple[tuple[int, ...], ...]:
    """The closed loops of crossing edges in a cell, counter-clockwise seen from outside the solid.

    case: 0..255. flipped_face: the face (0..5) whose inside corners are joined, or -1 for none.
    """
    following: dict[int, int] = {}
    for face in range(6):
        following.update(_face_segments(case, face, flipped=face == flipped_face))
    result: list[tuple[int, ...]] = []
    left = set(following)
    while left:
        loop = [min(left)]
        while (edge := following[loop[-1]]) != loop[0]:
            loop.append(edge)
        left.difference_update(loop)
        result.append(tuple(loop))
    return tuple(result)


_FACES_OF_EDGE = [frozenset(int(f) for f in range(6) if e in FACE_EDGES[f]) for e in range(12)]
_MIDPOINTS = np.array([CORNERS[c] + 0.5 * np.eye(3)[axis] for axis, c in EDGES])


def _triangulations(loop: tuple[int, ...]) -> list[list[tuple[int, int, int]]]:
    """All triangulations of a loop whose diagonals do not lie in a face of the cell.

    A diagonal in a face could coincide with one that the cell on the other side draws: an edge of four triangles.
    """

    def allowed(i: int, j: int) -> bool:
        neighbours = j - i == 1 or j - i == len(loop) - 1
        return neighbours or not (_FACES_OF_EDGE[loop[i]] & _FACES_OF_EDGE[loop[j]])

    def cut(first: int, last: int) -> list[list[tuple[int, int, int]]]:
        if last - first < 2:
            return [[]]
        return [
            [*left, (loop[first], loop[apex], loop[last]), *right]
            for apex in range(first + 1, last)
            if allowed(first, apex) and allowed(apex, last)
            for left in cut(first, apex)
            for right in cut(apex, last)
        ]

    return cut(0, len(loop) - 1)


def _smallest_angles() -> NDArray[np.float64]:
    """The smallest angle, in radians, of the triangle of each three edges, (12, 12, 12), with its corners at their middles.

    Rounded, so that of triangles that mirror each other none is larger by chance.
    """
    side = _MIDPOINTS[:, None] - _MIDPOINTS  # [a, b]: from b to a
    length = np.linalg.norm(side, axis=2)
    from_first = np.einsum("bai,cai->abc", side, side)
    with np.errstate(divide="ignore", invalid="ignore"):  # of an edge with itself there is no triangle, and none is asked for
        cosine = from_first / (length[:, :, None] * length[:, None, :])
    at_first = np.arccos(cosine.clip(-1.0, 1.0))
    angles = np.minimum(np.minimum(at_first, at_first.transpose(2, 0, 1)), at_first.transpose(1, 2, 0))
    return angles.round(9)


@dataclass(frozen=True, eq=False)
class CaseTable:
    """What marching cubes reads for each case.

    counts: (256,) int64, triangles in the case. triangles: (256, most, 3) int64, edge ids, padded with 0.
    crossing_faces: (256, 6) bool, faces with both signs. crossing_edges: (256, 12) bool.
    """

    counts: NDArray[np.int64]
    triangles: NDArray[np.int64]
    crossing_faces: NDArray[np.bool_]
    crossing_edges: NDArray[np.bool_]


@cache
def case_table() -> CaseTable:
    """The table for all 256 cases; of the allowed triangulations of each loop the one with the widest smallest angle."""
    angles, rows = _smallest_angles(), []

    def smallest(triangles: list[tuple[int, int, int]]) -> float:
        return min(float(angles[triangle]) for triangle in triangles)

    for case in range(256):
        rows.append([triangle for loop in loops(case) for triangle in max(_triangulations(loop), key=smallest)])
    most = max(len(row) for row in rows)
    triangles = np.zeros((256, most, 3), dtype=np.int64)
    for case, row in enumerate(rows):
        triangles[case, : len(row)] = np.array(row, dtype=np.int64).reshape(-1, 3)
    inside = (np.arange(256)[:, None] >> np.arange(8)) & 1
    on_face = inside[:, FACE_CORNERS].sum(axis=2)
    lower, upper = EDGES[:, 1], EDGES[:, 1] | 1 << EDGES[:, 0]
    return CaseTable(
        counts=np.array([len(row) for row in rows], dtype=np.int64),
        triangles=triangles,
        crossing_faces=(on_face > 0) & (on_face < 4),
        crossing_edges=inside[:, lower] != inside[:, upper],
    )


@dataclass(frozen=True, eq=False)
class LoopTable:
    """What dual contouring reads for each case, and for each face that may be flipped in it.

    twice: (256,) int64, the face that one loop of the case visits twice, or -1. It is then the only ambiguous face of the case,
        and flipping it splits that loop in two.
    counts: (256, 2) int64, loops in the case as it is and with that face flipped.
    loops: (256, 2, 12) int64, which loop each edge belongs to, 0 where none crosses.
    """

    twice: NDArray[np.int64]
    counts: NDArray[np.int64]
    loops: NDArray[np.int64]


@cache
def loop_table() -> LoopTable:
    """The loops of all 256 cases, as they are and with the face flipped that a loop visits twice."""
    twice = np.full(256, -1, dtype=np.int64)
    counts = np.zeros((256, 2), dtype=np.int64)
    members = np.zeros((256, 2, 12), dtype=np.int64)
    for case in range(256):
        for face in range(6):
            if is_ambiguous(case, face) and any(set(FACE_EDGES[face].tolist()) <= set(loop) for loop in loops(case)):
                twice[case] = face
        for flipped, face in enumerate((-1, int(twice[case]))):
            for index, loop in enumerate(loops(case, face)):
                members[case, flipped, list(loop)] = index
                counts[case, flipped] = index + 1
    return LoopTable(twice, counts, members)
