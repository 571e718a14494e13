"""Which boxes overlap, of two sets in the order of the Morton curve: halved again and again, each set is a tree of boxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PAIRS = 1 << 17  # compared at once: few enough to stay in the cache


class BoxTree:
    """Boxes (3, N) from their lowest to their highest corners, the boxes around each two that follow each other, and so on.

    The nearer those that follow each other are, the fewer pairs are looked at; the answers do not depend on it.
    """

    def __init__(self, low: Floats, high: Floats) -> None:
        self.levels = [(low, high)]  # from leaves to root
        while low.shape[1] > 1:
            low, high = _halved(low, np.minimum), _halved(high, np.maximum)
            self.levels.append((low, high))

    def __len__(self) -> int:
        return self.levels[0][0].shape[1]

    def size(self, level: int) -> int:
        """How many boxes there are on a level, of which 0 is that of the leaves."""
        return self.levels[level][0].shape[1]


def overlapping_pairs(one: BoxTree, other: BoxTree) -> Iterator[tuple[Integers, Integers]]:
    """All pairs of overlapping boxes, the first of one tree and the second of the other, in parts of some 100,000.

    Of a tree with itself, each pair comes once, the lower number first, and no box with itself. Boxes that touch overlap.
    """
    if not len(one) or not len(other):
        return
    levels = len(one.levels) - 1, len(other.levels) - 1
    root = np.zeros(1, dtype=np.int64)
    stack = [(*levels, *_meeting(one, other, levels, root, root))]
    while stack:
        level_a, level_b, a, b = stack.pop()
        if level_a == level_b == 0:
            yield a, b
            continue
        if level_a:
            level_a, a, b = level_a - 1, np.concatenate([2 * a, 2 * a + 1]), np.concatenate([b, b])
        if level_b:
            level_b, a, b = level_b - 1, np.concatenate([a, a]), np.concatenate([2 * b, 2 * b + 1])
        a, b = _meeting(one, other, (level_a, level_b), a, b)
        parts = max(1, -(-len(a) // PAIRS))
        pairs = zip(np.array_split(a, parts), np.array_split(b, parts), strict=True)
        stack.extend((level_a, level_b, *pair) for pair in pairs)


def _meeting(one: BoxTree, other: BoxTree, levels: tuple[int, int], a: Integers, b: Integers) -> tuple[Integers, Integers]:
    """The pairs among these, of boxes on two levels, that are there, are asked for, and overlap."""
    meet = (a < one.size(levels[0])) & (b < other.size(levels[1]))
    if one is other:
        meet &= (a < b) if levels[0] == 0 else (a <= b)
    (low_a, high_a), (low_b, high_b) = one.levels[levels[0]], other.levels[levels[1]]
    for axis in range(3):
        left = meet.nonzero()[0]
        a, b = a.take(left), b.take(left)
        meet = low_a[axis].take(a) <= high_b[axis].take(b)
        meet &= low_b[axis].take(b) <= high_a[axis].take(a)
    return a[meet], b[meet]


def _halved(corners: Floats, extreme: np.ufunc) -> Floats:
    """Of each two columns that follow each other the extreme; the last of an odd number stays."""
    paired = extreme(corners[:, :-1:2], corners[:, 1::2])
    return np.append(paired, corners[:, -1:], axis=1) if corners.shape[1] % 2 else paired
