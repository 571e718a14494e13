"""Which faces of a mesh pass through each other: a tree of boxes finds the pairs, plain geometry in float64 decides them.

Of the pairs whose boxes overlap nearly all are neighbours, one of which lies on one side of the other's plane. Planes made once
for each face sort these out; what they leave in doubt, the exact test decides from the corners alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.morton import CELLS, morton_codes
from occnet.geometry.soundness.box_pairs import BoxTree, overlapping_pairs
from occnet.geometry.soundness.contacts import corners_on, edges_cross
from occnet.mesh import Mesh
from occnet.vectors import cross_of_columns, normalized

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

EDGE = 2  # vertices that faces with a common edge share
TOUCH = 1e-12  # of the mesh's diagonal: what is nearer than this touches, it does not pass through


@dataclass(frozen=True, eq=False)
class Meetings:
    """Pairs of faces that are where they should not be, (N, 2), sorted; the smaller index first."""

    crossing: Integers  # they pass through each other or lie on top of each other
    touching: Integers  # they do not, but touch beyond a vertex or an edge that they have in common


def self_intersections(mesh: Mesh, faces: Integers | None = None) -> Integers:
    """Pairs of faces that pass through each other or lie on top of each other, (N, 2), sorted; the smaller index first.

    faces: (M,) indices of the faces whose pairs, with all faces, are examined; None examines all pairs. Every pair whose boxes
    overlap is decided in float64; contact within 1e-12 of the diagonal of the mesh does not count, nor do pairs of faces with
    the same three vertices (they are duplicates, not intersections).
    """
    return self_meetings(mesh, faces, contacts=False).crossing


def self_meetings(mesh: Mesh, faces: Integers | None = None, contacts: bool = True) -> Meetings:
    """The pairs of `self_intersections`, and those that come within 1e-12 of the diagonal of the mesh of each other.

    contacts: whether the latter are looked for.
    """
    none = np.empty((0, 2), dtype=np.int64)
    if len(mesh.faces) < 2:
        return Meetings(none, none)
    tolerance = TOUCH * float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    order = _near_each_other(mesh)
    ordered, corners = mesh.faces[order], _corners(mesh, order)
    planes = _Planes(corners, tolerance)
    crossing, touching = [none], [none]
    for first, second in _overlapping_boxes(corners, tolerance, None if faces is None else np.isin(order, faces)):
        heights = planes.heights(first, second)
        doubtful = np.logical_not(planes.surely_beside(first, heights))
        one, two = first[doubtful], second[doubtful]
        doubtful = np.logical_not(planes.surely_beside(two, planes.heights(two, one)))
        one, two = one[doubtful], two[doubtful]
        shared = _shared_vertices(ordered[one], ordered[two])
        hit = _pass_through(corners.take(one, axis=2), corners.take(two, axis=2), shared, tolerance)
        crossing.append(np.stack([order[one[hit]], order[two[hit]]], axis=1))
        if contacts:
            near = np.flatnonzero(planes.near(first, heights))
            near = near[_shared_vertices(ordered[first[near]], ordered[second[near]]) < EDGE]
            one, two = first[near], second[near]
            touch = _touch(planes, ordered, (one, two), heights.take(near, axis=1), tolerance)
            touching.append(np.stack([order[one[touch]], order[two[touch]]], axis=1))
    passing, contact = (_sorted_pairs(np.concatenate(found)) for found in (crossing, touching))
    return Meetings(passing, contact[~np.isin(contact @ [len(order), 1], passing @ [len(order), 1])])


def _sorted_pairs(pairs: Integers) -> Integers:
    pairs = np.sort(pairs, axis=1)
    return pairs[np.lexsort(pairs.T[::-1])]


def _near_each_other(mesh: Mesh) -> Integers:
    """The faces in the order in which the Morton curve meets their first corners, (F,)."""
    places = mesh.vertices - mesh.vertices.min(axis=0)
    places *= (CELLS - 1) / max(places.max(), np.finfo(np.float64).tiny)
    return np.argsort(morton_codes(places)[mesh.faces[:, 0]], kind="stable")


def _corners(mesh: Mesh, order: Integers) -> Floats:
    """The corners of the faces in that order, an axis at a time, (3 corners, 3 axes, F), with their middle at 0."""
    columns, faces = np.ascontiguousarray(mesh.vertices.T), mesh.faces[order]
    corners = np.stack([columns.take(faces[:, corner], axis=1) for corner in range(3)])
    corners -= 0.5 * (corners.min(axis=(0, 2)) + corners.max(axis=(0, 2)))[:, None]
    return corners


def _overlapping_boxes(corners: Floats, tolerance: float, chosen: Booleans | None) -> Iterator[tuple[Integers, Integers]]:
    """Pairs of faces whose boxes overlap, each once; where some are chosen, (F,), one of each pair is one of those."""
    low = np.minimum(np.minimum(corners[0], corners[1]), corners[2]) - tolerance
    high = np.maximum(np.maximum(corners[0], corners[1]), corners[2]) + tolerance
    every = BoxTree(low, high)
    if chosen is None or 2 * np.count_nonzero(chosen) > len(chosen):  # then each pair is looked for once, not from both sides
        for first, second in overlapping_pairs(every, every):
            if chosen is not None:
                asked = chosen.take(first) | chosen.take(second)
                first, second = first[asked], second[asked]
            yield first, second
        return
    rows = chosen.nonzero()[0]
    for place, second in overlapping_pairs(BoxTree(low[:, rows], high[:, rows]), every):
        first = rows[place]
        once = (first < second) | ~chosen.take(second)
        once &= first != second
        yield first[once], second[once]


class _Planes:
    """The planes of all faces that tell most pairs which do not pass through each other. corners: (3 corners, 3 axes, F)."""

    def __init__(self, corners: Floats, tolerance: float) -> None:
        self.corners, start = corners, corners[0]
        u, v = corners[1] - start, corners[2] - start
        self.normal = cross_of_columns(u, v)
        area, lengths = _lengths(self.normal), [_lengths(side) for side in (u, v, u - v)]
        with np.errstate(divide="ignore", invalid="ignore"):  # a face without area has no plane: nothing is ever sure of it
            self.normal /= area
            self.offset = np.einsum("in,in->n", self.normal, start)
            # Twice what the exact test allows for contact and rounding, to farther than any corner of a pair can be.
            farthest = 2.0 * max(float(length.max()) for length in lengths)
            self.sure = 2.0 * (tolerance + 1e-15 * farthest * (lengths[0] * lengths[1] / area))
        self.contact = 0.5 * tolerance

    def heights(self, faces: Integers, others: Integers) -> Floats:
        """How far each corner of each other face lies in front of the face's plane, (3, N)."""
        normal, offset = [axis.take(faces) for axis in self.normal], self.offset.take(faces)
        result = np.empty((3, len(faces)))
        for corner, height in zip(self.corners, result, strict=True):
            np.multiply(normal[0], corner[0].take(others), out=height)
            height += normal[1] * corner[1].take(others)
            height += normal[2] * corner[2].take(others)
            height -= offset
        return result

    def surely_beside(self, faces: Integers, heights: Floats) -> Booleans:
        """Whether each other face lies on one side of the face's plane, as the exact test would find, (N,)."""
        low = np.minimum(np.minimum(heights[0], heights[1]), heights[2])
        high = np.maximum(np.maximum(heights[0], heights[1]), heights[2])
        sure = self.sure.take(faces)
        return ((low >= -self.contact) & (high > sure)) | ((high <= self.contact) & (low < -sure))

    def near(self, faces: Integers, heights: Floats) -> Booleans:
        """Whether each other face may touch the face's plane, (N,)."""
        low = np.minimum(np.minimum(heights[0], heights[1]), heights[2])
        high = np.maximum(np.maximum(heights[0], heights[1]), heights[2])
        sure = self.sure.take(faces)
        return np.logical_not((low > sure) | (high < -sure))


def _touch(planes: _Planes, faces: Integers, pairs: tuple[Integers, Integers], heights: Floats, tolerance: float) -> Booleans:
    """Whether each pair of faces, whose planes may touch, comes within the tolerance beyond what the two have in common, (N,).

    heights: (3, N) of the second's corners over the first's plane.
    """
    first, second = pairs
    result = np.zeros(len(first), dtype=bool)
    own = _own_corners(faces, first, second)
    for one, two, common, above in (
        (first, second, own, heights),
        (second, first, _own_corners(faces, second, first), planes.heights(second, first)),
    ):
        asked = ~common & (np.abs(above) <= planes.sure.take(one))
        rows = np.flatnonzero(asked.any(axis=0))
        a, b = planes.corners.take(one[rows], axis=2), planes.corners.take(two[rows], axis=2)
        result[rows] |= corners_on(a, b, ~asked[:, rows], tolerance)
    rows = np.flatnonzero(~result & ~own.any(axis=0) & planes.near(second, above))
    result[rows] = edges_cross(planes.corners.take(first[rows], axis=2), planes.corners.take(second[rows], axis=2), tolerance)
    return result


def _own_corners(faces: Integers, one: Integers, other: Integers) -> Booleans:
    """Which corners of the other face are vertices of the one, too, (3, N)."""
    result = np.zeros((3, len(one)), dtype=bool)
    names = [column.take(one) for column in faces.T]
    for column, own in zip(faces.T, result, strict=True):
        name = column.take(other)
        for corner in names:
            own |= name == corner
    return result


def _lengths(vectors: Floats) -> Floats:
    """Lengths of vectors (3, N), (N,)."""
    return np.sqrt(np.einsum("in,in->n", vectors, vectors))


def _pass_through(one: Floats, two: Floats, shared: NDArray[np.int8], tolerance: float) -> Booleans:
    """Whether each pair of faces, (3 corners, 3 axes, N), shares more than a contact and the vertices that it has in common."""
    hit = np.zeros(len(shared), dtype=bool)
    sides = _sides(one, two, tolerance)  # of the first's plane, of the second's corners
    rows = (_both_signs(sides) | (sides == 0).all(axis=0)).nonzero()[0]  # elsewhere the second lies on one side
    one, two, sides, shared = one[:, :, rows], two[:, :, rows], sides[:, rows], shared[rows]
    sides_back = _sides(two, one, tolerance)

    crossing = ((shared < 2) & _both_signs(sides) & _both_signs(sides_back)).nonzero()[0]
    a, b = one[:, :, crossing], two[:, :, crossing]
    entered = _an_edge_enters(a, b, sides[:, crossing], tolerance)
    entered |= _an_edge_enters(b, a, sides_back[:, crossing], tolerance)
    hit[rows[crossing]] = entered
    coplanar = (sides == 0).all(axis=0) & (sides_back == 0).all(axis=0)
    flat = (coplanar & (shared < 3)).nonzero()[0]
    if len(flat):
        a, b = (part[:, :, flat].transpose(2, 0, 1) for part in (one, two))
        hit[rows[flat]] = _overlap_in_plane(a, b, tolerance)
    return hit


def _shared_vertices(faces: Integers, others: Integers) -> NDArray[np.int8]:
    """How often a vertex of a face (N, 3) is one of the other face, too, (N,)."""
    shared = np.zeros(len(faces), dtype=np.int8)
    for corner in faces.T:
        for other in others.T:
            shared += corner == other
    return shared


def _both_signs(sides: NDArray[np.int8]) -> Booleans:
    low = np.minimum(np.minimum(sides[0], sides[1]), sides[2])
    high = np.maximum(np.maximum(sides[0], sides[1]), sides[2])
    return (low < 0) & (high > 0)


def _sides(triangles: Floats, points: Floats, tolerance: float) -> NDArray[np.int8]:
    """On which side of each triangle's plane each of some points (K, 3 axes, N) lies: -1, 0 (in the plane) or 1, (K, N)."""
    start = triangles[0]
    u, v = triangles[1] - start, triangles[2] - start
    normal = cross_of_columns(u, v)
    contact, rounding = tolerance * _lengths(normal), 1e-15 * _lengths(u) * _lengths(v)
    sides = np.empty((len(points), len(contact)), dtype=np.int8)
    for point, side in zip(points, sides, strict=True):
        offset = point - start
        volume = np.einsum("in,in->n", offset, normal)
        limit = contact + rounding * _lengths(offset)
        side[:] = volume > limit
        side -= volume < -limit
    return sides


def _an_edge_enters(triangles: Floats, others: Floats, sides: NDArray[np.int8], tolerance: float) -> Booleans:
    """Whether an edge of each other triangle, with given sides of its corners, passes through the triangle's interior."""
    hit = np.zeros(sides.shape[1], dtype=bool)
    for i in range(3):
        j = (i + 1) % 3
        rows = (sides[i] * sides[j] < 0).nonzero()[0]
        first = np.zeros(len(rows), dtype=np.int8)
        for k in range(3):  # whether the triangle's edges all turn the same way around the line of this edge
            plane = np.stack([others[i][:, rows], others[j][:, rows], triangles[k][:, rows]])
            turn = _sides(plane, triangles[[(k + 1) % 3]][:, :, rows], tolerance)[0]
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
