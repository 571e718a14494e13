"""The generated table, proved by going through all cases and all pairs of neighbouring cells."""

import functools
import itertools

import numpy as np
import pytest

from occnet.meshing.table import (
    CORNERS,
    EDGES,
    FACE_CORNERS,
    FACE_EDGES,
    _triangulations,
    case_table,
    is_ambiguous,
    loop_table,
    loops,
)

MIDDLES = CORNERS[EDGES[:, 1]] + 0.5 * np.eye(3)[EDGES[:, 0]]


@functools.cache
def segments_on(case, face, flipped_face=-1):
    """Directed segments of the loops on a face, as pairs of edge middles moved into the face's plane."""
    result = set()
    plane = [axis for axis in range(3) if axis != face // 2]
    for loop in loops(case, flipped_face):
        for a, b in zip(loop, loop[1:] + loop[:1], strict=True):
            if a in FACE_EDGES[face] and b in FACE_EDGES[face] and shares_only(a, b, face):
                result.add((tuple(MIDDLES[a][plane]), tuple(MIDDLES[b][plane])))
    return result


def shares_only(a, b, face):
    """Two edges of a cube lie on one common face at most, unless they are the same."""
    return all(other == face or a not in FACE_EDGES[other] or b not in FACE_EDGES[other] for other in range(6))


@pytest.mark.parametrize("axis", range(3))
def test_neighbouring_cells_draw_the_same_segments_in_opposite_directions(axis):
    high, low = 2 * axis + 1, 2 * axis
    pairs = 0
    for case in range(256):
        shared = [corner for corner in range(8) if corner >> axis & 1]
        fixed = sum(1 << (corner ^ 1 << axis) for corner in shared if case >> corner & 1)
        free = [1 << corner for corner in shared]
        for bits in itertools.product((0, 1), repeat=4):
            other = fixed + sum(bit * value for bit, value in zip(bits, free, strict=True))
            for flip in (False, True):
                mine = segments_on(case, high, high if flip else -1)
                theirs = segments_on(other, low, low if flip else -1)
                assert mine == {(b, a) for a, b in theirs}
                pairs += 1
    assert pairs == 256 * 16 * 2


def test_every_crossing_edge_is_in_one_loop_and_every_loop_is_fully_triangulated():
    table = case_table()
    for case in range(256):
        crossing = {e for e, (axis, c) in enumerate(EDGES) if (case >> c ^ case >> (c | 1 << axis)) & 1}
        assert sorted(itertools.chain(*loops(case))) == sorted(crossing)
        assert set(table.crossing_edges[case].nonzero()[0]) == crossing
        assert table.counts[case] == sum(len(loop) - 2 for loop in loops(case))
        triangles = table.triangles[case, : table.counts[case]].tolist()
        directed = [edge for a, b, c in triangles for edge in ((a, b), (b, c), (c, a))]
        assert len(set(directed)) == len(directed)
        outline = {(a, b) for a, b in directed if (b, a) not in directed}
        assert outline == {pair for loop in loops(case) for pair in zip(loop, loop[1:] + loop[:1], strict=True)}


def test_no_diagonal_lies_in_a_face_where_a_neighbour_could_draw_it_too():
    table = case_table()
    for case in range(256):
        outline = {frozenset(pair) for loop in loops(case) for pair in zip(loop, loop[1:] + loop[:1], strict=True)}
        for triangle in table.triangles[case, : table.counts[case]].tolist():
            for pair in map(frozenset, itertools.combinations(triangle, 2)):
                assert pair in outline or not any(pair <= set(face) for face in FACE_EDGES.tolist())


def smallest_angle(triangle):
    corners = MIDDLES[list(triangle)]
    sides = [(corners[k - 1] - corners[k], corners[k - 2] - corners[k]) for k in range(3)]
    return min(np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))) for a, b in sides)


def test_loops_are_triangulated_with_the_widest_smallest_angle_that_is_allowed():
    table = case_table()
    for case in range(1, 255, 3):
        best = [
            max(min(map(smallest_angle, triangles)) for triangles in _triangulations(loop) if triangles) for loop in loops(case)
        ]
        chosen = min(smallest_angle(triangle) for triangle in table.triangles[case, : table.counts[case]].tolist())
        assert chosen == pytest.approx(min(best), abs=1e-8)


def test_single_corners_are_cut_off_with_the_normal_away_from_them():
    for corner in range(8):
        a, b, c = MIDDLES[case_table().triangles[1 << corner, 0]]
        assert np.cross(b - a, c - a) @ (np.full(3, 0.5) - CORNERS[corner]) > 0


def test_inside_corners_are_separated_on_ambiguous_faces_and_joined_on_flipped_ones():
    checked = 0
    for case, face in itertools.product(range(256), range(6)):
        if not is_ambiguous(case, face):
            continue
        for flipped in (False, True):
            for loop in loops(case, face if flipped else -1):
                for a, b in zip(loop, loop[1:] + loop[:1], strict=True):
                    if a in FACE_EDGES[face] and b in FACE_EDGES[face] and shares_only(a, b, face):
                        ends = [set(EDGES[e, 1] | np.array([0, 1 << EDGES[e, 0]])) for e in (a, b)]
                        (common,) = ends[0] & ends[1] & set(FACE_CORNERS[face])
                        assert bool(case >> common & 1) is not flipped
                        checked += 1
    assert checked > 500


def test_a_loop_that_visits_a_face_twice_is_split_by_flipping_the_only_ambiguous_face():
    table = loop_table()
    cases = (table.twice >= 0).nonzero()[0]
    assert len(cases) == 36
    for case in cases.tolist():
        face = int(table.twice[case])
        assert [f for f in range(6) if is_ambiguous(case, f)] == [face]
        assert table.counts[case, 1] == table.counts[case, 0] + 1
        assert len(set(table.loops[case, 1][FACE_EDGES[face]])) == 2
