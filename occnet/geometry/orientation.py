"""Faces that wind outward: what the inside test needs, and what files often get wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, triu
from scipy.sparse.csgraph import minimum_spanning_tree

from occnet.geometry.half_edges import HalfEdges, connected
from occnet.geometry.welding import welded
from occnet.mesh import Mesh

_FLAT = 1e-4  # |volume| / area^1.5 under which a body is a sheet with no side to call its inside (a sphere has 0.094)


def outward(mesh: Mesh) -> Mesh:
    """The same mesh with every body wound outward; faces keep their order.

    A body is a set of faces joined by edges (coincident vertices count as one). The rule:

    1. Where neighbouring faces of a body disagree, the winding of the larger area is carried across its edges.
    2. A closed body with negative volume is turned, unless it lies inside bodies that are not: then it is a cavity (a
       hollow ball is an outward shell and an inward one) and stays.
    3. Open bodies are turned all together if their volume is negative, for alone they do not tell: a room is drawn by six
       walls, each of them seen from within.

    A well-wound mesh comes back unchanged, the very same object.
    """
    if not len(mesh.faces):
        return mesh
    vertices = mesh.vertices - mesh.bounds.mean(axis=0)  # centred, for libigl works in single precision
    joined = welded(vertices).index[mesh.faces]
    edges = HalfEdges(joined)
    body = edges.bodies()
    faces = mesh.faces
    turned = _against_the_others(edges, joined, body, vertices[faces])
    if turned.any():
        faces, joined = (np.where(turned[:, None], some[:, ::-1], some) for some in (faces, joined))
        edges = HalfEdges(joined)
    is_open = _bodies_at(edges, body, edges.excess != 0)
    group = np.where(is_open[body], body.max() + 1, body)  # the open ones make one group
    group = np.unique(group, return_inverse=True)[1]
    volume, area = _sizes(vertices, faces, group)
    inward = volume < -_FLAT * area**1.5
    if inward.any() and not inward.all():
        inward &= ~_enclosed(vertices, faces, group, inward)
    if inward.any():
        faces = np.where(inward[group][:, None], faces[:, ::-1], faces)
    return mesh if np.array_equal(faces, mesh.faces) else replace(mesh, faces=faces)


def _against_the_others(edges: HalfEdges, faces: NDArray, body: NDArray, triangles: NDArray) -> NDArray[np.bool_]:
    """Which faces are to be turned for one winding all over each body whose neighbours disagree, (F,).

    Parts whose faces agree are turned as wholes, the smaller areas against the larger ones, along the longest borders at which
    they disagree. Parts that mostly meet in edges of three and more faces stay as they are: they touch, and where each lacks
    a face there, two may seem neighbours that never were.
    """
    result = np.zeros(len(faces), dtype=bool)
    disagreeing = (edges.sizes == 2) & edges.proper & (edges.excess != 0)
    rows = np.flatnonzero(_bodies_at(edges, body, disagreeing)[body])
    if not len(rows):
        return result
    triangles = triangles[rows]
    borders = _borders(faces[rows], triangles)
    part = connected(*borders.agreeing, len(rows))
    count = int(part.max()) + 1
    one, other = np.sort(part[np.stack(borders.disagreeing)], axis=0)
    disagreement = coo_array((borders.length * (one != other), (one, other)), shape=(count, count)).tocsr()
    touching = coo_array(
        (np.ones(len(borders.crowd)), (borders.crowded_edge, part[borders.crowd])), shape=(len(borders.crowded_length), count)
    ).tocsr()
    touching.data[:] = 1.0  # whether each part is at each edge of three and more faces
    shared = triu(touching.T @ touching.multiply(borders.crowded_length[:, None]), 1)
    tree = minimum_spanning_tree((shared - disagreement).minimum(0.0)).tocoo()
    # each part twice, as it is and turned; borders lead from one to the other
    label = connected(np.append(tree.row, tree.row + count), np.append(tree.col + count, tree.col), 2 * count)
    as_it_is, turned = label[:count], label[count:]
    a, b, c = triangles.transpose(1, 0, 2)
    area = np.bincount(part, np.linalg.norm(np.cross(b - a, c - a), axis=1), minlength=count)
    total = np.bincount(as_it_is, area, minlength=label.max() + 1)
    flipped = (total[as_it_is] < total[turned]) | ((total[as_it_is] == total[turned]) & (as_it_is > turned))
    result[rows] = flipped[part]
    return result


@dataclass(frozen=True, eq=False)
class _Borders:
    """How faces meet: edges of two that agree and disagree in their winding, and edges of more."""

    agreeing: tuple[NDArray, NDArray]  # both faces of each such edge
    disagreeing: tuple[NDArray, NDArray]
    length: NDArray  # of each disagreeing edge
    crowd: NDArray  # faces at edges of three and more
    crowded_edge: NDArray  # at which of these edges each of them is
    crowded_length: NDArray  # of each of these edges


def _borders(faces: NDArray, triangles: NDArray) -> _Borders:
    edges = HalfEdges(faces)
    length = np.linalg.norm(triangles - np.roll(triangles, -1, axis=1), axis=2).reshape(-1)
    paired, crowded = (edges.sizes == 2) & edges.proper, (edges.sizes > 2) & edges.proper
    one, two = edges.pairs(paired)
    agree = edges.excess[paired] == 0
    return _Borders(
        agreeing=(one[agree] // 3, two[agree] // 3),
        disagreeing=(one[~agree] // 3, two[~agree] // 3),
        length=length[one[~agree]],
        crowd=edges.of(crowded) // 3,
        crowded_edge=np.repeat(np.arange(crowded.sum()), edges.sizes[crowded]),
        crowded_length=length[edges.pairs(crowded)[0]],
    )


def bodies(faces: NDArray) -> NDArray[np.int32]:
    """Number of the body of each face, (F,); faces are joined by edges, that is by two vertices that both name."""
    return HalfEdges(faces).bodies()


def _bodies_at(edges: HalfEdges, body: NDArray, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each body: whether it has one of the chosen edges."""
    result = np.zeros(body.max() + 1, dtype=bool)
    result[body[edges.of(chosen) // 3]] = True
    return result


def _sizes(vertices: NDArray, faces: NDArray, body: NDArray) -> tuple[NDArray, NDArray]:
    """Signed volume about the body's own centre, and area, of each body."""
    corners = vertices[faces]
    count = np.bincount(body)
    center = np.stack([np.bincount(body, corners.mean(axis=1)[:, axis]) for axis in range(3)], axis=1) / count[:, None]
    a, b, c = (corners - center[body][:, None]).transpose(1, 0, 2)
    volume = np.bincount(body, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0)
    area = np.bincount(body, 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1))
    return volume, area


def _enclosed(vertices: NDArray, faces: NDArray, body: NDArray, inward: NDArray) -> NDArray[np.bool_]:
    """For each body: whether most of its face centres lie inside the bodies that are not inward."""
    hulls = np.ascontiguousarray(faces[~inward[body]])
    rows = np.flatnonzero(inward[body])
    winding = np.asarray(igl.fast_winding_number(vertices, hulls, vertices[faces[rows]].mean(axis=1)))
    count = np.maximum(np.bincount(body[rows], minlength=len(inward)), 1)
    return np.bincount(body[rows], winding > 0.5, minlength=len(inward)) / count > 0.5
