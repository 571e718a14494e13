"""Which faces touch, against distances between triangles that are found by trying."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.soundness.intersections import self_meetings
from occnet.mesh import Mesh

FLOOR = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0]])


def pairs(*triangles: list[list[float]]) -> list[list[int]]:
    """The pairs that touch among the floor, face 0, and others with vertices of their own."""
    vertices = np.concatenate([FLOOR, *(np.array(corners, dtype=float) for corners in triangles)])
    found = self_meetings(Mesh(vertices, np.arange(len(vertices)).reshape(-1, 3)))
    assert not len(found.crossing)
    return found.touching.tolist()


@pytest.mark.parametrize(
    ("triangle", "touches"),
    [
        ([[1.0, 1, 0], [1, 1, 1], [2, 1, 1]], True),  # a corner on the face
        ([[1.0, 0, 0], [1, 0, 1], [1, -1, 1]], True),  # a corner on an edge
        ([[0.0, 0, 0], [-1, 0, 1], [-1, -1, 1]], True),  # a corner on a corner
        ([[1.0, 1, 0], [2, 1, 0], [1, 1, 1]], True),  # an edge on the face
        ([[-1.0, 1, 0], [5, 1, 0], [1, 1, 1]], True),  # an edge across all of it
        ([[2.0, -1, 1], [2, 1, -1], [5, -4, 0]], True),  # an edge across an edge, in (2, 0, 0)
        ([[1.0, 1, 1e-9], [1, 1, 1], [2, 1, 1]], False),  # just above it
        ([[-1e-9, 1.0, 0], [-1, 1, 1], [-1, 2, 1]], False),  # just beside it
        ([[3.0, 3, 0], [3, 3, 1], [4, 3, 1]], False),  # in its plane, beyond its edge
        ([[2.0, -1, 1], [2, 1, -1.001], [5, -4, 0]], False),
    ],
)
def test_touching_is_told_from_being_near(triangle: list[list[float]], touches: bool) -> None:
    for order in ([0, 1, 2], [1, 2, 0], [2, 1, 0]):
        assert pairs([triangle[corner] for corner in order]) == ([[0, 1]] if touches else [])


def test_neighbours_touch_only_beyond_what_they_have_in_common() -> None:
    vertices = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [1, 1, 0], [1, 1, 2], [-2, -2, 1], [-3, -2, 1]])
    folded = Mesh(vertices, np.array([[0, 1, 2], [0, 3, 4], [0, 5, 6]]))  # vertex 3 lies on the first face
    assert self_meetings(folded).touching.tolist() == [[0, 1]]
    assert self_meetings(folded, np.array([2])).touching.tolist() == []
    assert self_meetings(folded, np.array([1])).touching.tolist() == [[0, 1]]
    assert self_meetings(folded, contacts=False).touching.tolist() == []


def test_pairs_that_cross_are_not_said_to_touch() -> None:
    generator = np.random.default_rng(0)
    mesh = Mesh(generator.integers(0, 4, (40, 3)).astype(float), generator.integers(0, 40, (60, 3)))
    found = self_meetings(mesh)
    crossing, touching = ({tuple(pair) for pair in pairs.tolist()} for pairs in (found.crossing, found.touching))
    assert crossing
    assert touching
    assert not crossing & touching
