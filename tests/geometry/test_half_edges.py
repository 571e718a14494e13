"""Half-edges against plain loops over the faces, and against what topology says of known surfaces."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from occnet.geometry.half_edges import HalfEdges, connected, following, vertex_parts

FACES = st.lists(st.tuples(*[st.integers(0, 6)] * 3), max_size=14).map(
    lambda rows: np.array(rows, dtype=np.int64).reshape(-1, 3)
)


def plain(faces: NDArray[np.int64]) -> dict[tuple[int, int], list[int]]:
    """The half-edges of each edge, by its vertices."""
    found = defaultdict(list)
    for face, corners in enumerate(faces.tolist()):
        for k in range(3):
            one, other = corners[k], corners[(k + 1) % 3]
            found[min(one, other), max(one, other)].append(3 * face + k)
    return dict(sorted(found.items()))


def merged(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """Numbers of components, by relabelling until nothing changes; numbered by their first members."""
    label = list(range(count))
    while any(label[a] != label[b] for a, b in pairs):
        for a, b in pairs:
            label[a] = label[b] = min(label[a], label[b])
    names = sorted(set(label))
    return [names.index(name) for name in label]


@given(FACES)
def test_edges_are_those_of_plain_loops(faces: NDArray[np.int64]) -> None:
    edges, expected = HalfEdges(faces), plain(faces)
    assert list(zip(edges.low.tolist(), edges.high.tolist(), strict=True)) == list(expected)
    each = np.arange(len(expected))
    assert [edges.of(each == number).tolist() for number in each] == list(expected.values())
    names = list(expected)
    for number, (edge, halves) in enumerate(expected.items()):
        assert edges.edge[halves].tolist() == [number] * len(halves)
        up = sum(edges.start[half] < edges.end[half] for half in halves)
        down = sum(edges.start[half] > edges.end[half] for half in halves)
        assert edges.excess[number] == up - down
        assert edges.proper[number] == (edge[0] != edge[1])
    chained = [pair for halves in expected.values() for pair in pairwise(halves)]
    assert list(zip(*(half.tolist() for half in edges.neighbours()), strict=True)) == chained
    paired = edges.sizes >= 2
    assert list(zip(*(half.tolist() for half in edges.pairs(paired)), strict=True)) == [
        (expected[name][0], expected[name][1]) for name, several in zip(names, paired, strict=True) if several
    ]


@given(FACES)
def test_bodies_and_parts_are_connected_components(faces: NDArray[np.int64]) -> None:
    by_edges = [(a // 3, b // 3) for (low, high), halves in plain(faces).items() if low != high for a in halves for b in halves]
    assert HalfEdges(faces).bodies().tolist() == merged(len(faces), by_edges)
    by_vertices = [(int(face[k]), int(face[k - 1])) for face in faces for k in range(3)]
    assert vertex_parts(faces, 7).tolist() == merged(7, by_vertices)


def test_the_next_half_edge_starts_where_one_ends() -> None:
    edges = HalfEdges(np.random.default_rng(0).integers(0, 9, (20, 3)))
    half = np.arange(60)
    np.testing.assert_array_equal(edges.start[following(half)], edges.end[half])
    np.testing.assert_array_equal(following(following(following(half))), half)


def test_a_closed_surface_has_eulers_number_of_edges_and_no_excess() -> None:
    ball, ring = trimesh.creation.icosphere(3), trimesh.creation.torus(1.0, 0.3)
    for surface, genus in ((ball, 0), (ring, 1)):
        edges = HalfEdges(np.asarray(surface.faces, dtype=np.int64))
        assert len(surface.vertices) - len(edges.sizes) + len(surface.faces) == 2 - 2 * genus
        assert (edges.sizes == 2).all()
        assert not edges.excess.any()
        assert edges.bodies().max() == 0


@pytest.mark.parametrize("removed", [[0], [0, 1], [3, 40, 77]])
def test_the_excess_of_an_open_surface_is_its_boundary(removed: list[int]) -> None:
    """With the removed faces turned over, whose half-edges run as the boundary misses them, every edge would balance."""
    whole = np.asarray(trimesh.creation.icosphere(1).faces, dtype=np.int64)
    rest, lost = HalfEdges(np.delete(whole, removed, axis=0)), HalfEdges(whole[removed])

    def by_edge(edges: HalfEdges) -> dict[tuple[int, int], int]:
        keys = zip(edges.low.tolist(), edges.high.tolist(), strict=True)
        return {key: excess for key, excess in zip(keys, edges.excess.tolist(), strict=True) if excess}

    assert by_edge(rest) == {key: -excess for key, excess in by_edge(lost).items()}


def test_nothing_is_connected_by_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert connected(none, none, 3).tolist() == [0, 1, 2]
    assert HalfEdges(np.zeros((0, 3), dtype=np.int64)).bodies().tolist() == []
