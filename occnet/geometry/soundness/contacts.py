"""Whether faces that do not pass through each other touch: a corner lies on the other face, or edges cross in one point.

All here is of pairs of faces, (3 corners, 3 axes, N), and float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.vectors import cross_of_columns

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


def corners_on(faces: Floats, others: Floats, own: Booleans, tolerance: float) -> Booleans:
    """Whether a corner of the other face lies on the face within the tolerance, (N,); own: (3, N) which corners do not count.

    Corners beside the face's plane are told apart before, by `heights`; here all that is asked is where they lie along it.
    """
    found = np.zeros(faces.shape[2], dtype=bool)
    low, high = faces.min(axis=0) - tolerance, faces.max(axis=0) + tolerance
    for corner, left_out in zip(others, own, strict=True):
        rows = np.flatnonzero(~left_out & (corner >= low).all(axis=0) & (corner <= high).all(axis=0))
        found[rows[_lies_on(faces.take(rows, axis=2), corner.take(rows, axis=1), tolerance)]] = True
    return found


def edges_cross(faces: Floats, others: Floats, tolerance: float) -> Booleans:
    """Whether an edge of the face and one of the other come within the tolerance of each other, each between its ends, (N,)."""
    found = np.zeros(faces.shape[2], dtype=bool)
    for i in range(3):
        start, along = faces[i], faces[(i + 1) % 3] - faces[i]
        for j in range(3):
            other, across = others[j], others[(j + 1) % 3] - others[j]
            normal, gap = cross_of_columns(along, across), other - start
            size = _dot(normal, normal)
            with np.errstate(divide="ignore", invalid="ignore"):  # edges that are parallel cross nowhere: no comparison holds
                place = _dot(cross_of_columns(gap, across), normal) / size
                place_on_other = _dot(cross_of_columns(gap, along), normal) / size
                height = np.abs(_dot(gap, normal)) / np.sqrt(size)
                found |= (place > 0.0) & (place < 1.0) & (place_on_other > 0.0) & (place_on_other < 1.0) & (height <= tolerance)
    return found


def _lies_on(faces: Floats, points: Floats, tolerance: float) -> Booleans:
    """Whether points (3, N) lie on the faces, within the tolerance of their planes and edges, (N,)."""
    normal = cross_of_columns(faces[1] - faces[0], faces[2] - faces[0])
    size = np.sqrt(_dot(normal, normal))
    result = (size > 0.0) & (np.abs(_dot(points - faces[0], normal)) <= tolerance * size)
    for i in range(3):
        inward = cross_of_columns(normal, faces[(i + 1) % 3] - faces[i])
        result &= _dot(points - faces[i], inward) >= -tolerance * np.sqrt(_dot(inward, inward))
    return result


def _dot(one: Floats, other: Floats) -> Floats:
    return np.einsum("in,in->n", one, other)
