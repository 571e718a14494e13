"""Faces that bound nothing: fins that hang on a surface, specks that float beside it, walls within a solid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.half_edges import HalfEdges, connected
from occnet.geometry.inside import is_inside
from occnet.mesh import Mesh

Booleans = NDArray[np.bool_]

_MOST_FACES = 8  # of a fin or speck that is dropped
_LARGEST, _ALL = 0.01, 0.05  # share of the area up to which one is a flaw and no part, and up to which all are together
_WALLS = 32  # that are looked at, for each takes the winding number of all the rest
_PROBES = 64  # faces of a wall at which that is asked
_WITHIN = 0.9  # share of them within the rest from which on a wall is within it


@dataclass(frozen=True, eq=False)
class _Patches:
    """The pieces that a surface falls into where it is cut along its edges of more than two faces."""

    label: NDArray[np.int32]  # (F,) patch of each face
    area: NDArray[np.float64]  # (P,)
    border: NDArray[np.float64]  # (P,) length of the edges at which each ends in the air
    seam: NDArray[np.float64]  # (P,) length of the edges where it meets two others or more
    at: tuple[NDArray, NDArray, NDArray]  # patch, edge of more than two faces, how many of its faces are the patch's
    sizes: NDArray[np.int64]  # (E,) faces of each edge

    @staticmethod
    def of(mesh: Mesh) -> _Patches:
        edges = HalfEdges(mesh.faces)
        one, other = edges.pairs((edges.sizes == 2) & edges.proper)
        label = connected(one // 3, other // 3, len(mesh.faces))
        count = int(label.max(initial=-1)) + 1
        length = np.linalg.norm(mesh.vertices[edges.high] - mesh.vertices[edges.low], axis=1)
        patch = np.repeat(label, 3)
        size = edges.sizes[edges.edge]
        crowded = np.flatnonzero(size > 2)
        pairs, faces = np.unique(np.stack([patch[crowded], edges.edge[crowded]]), axis=1, return_counts=True)
        along = length[edges.edge]
        border, seam = (_sums(patch, np.where(chosen, along, 0.0), count) for chosen in (size == 1, size > 2))
        area = _sums(label, mesh.face_areas, count)
        return _Patches(label, area, border, seam, (pairs[0], pairs[1], faces), edges.sizes)


def hanging(mesh: Mesh) -> Booleans:
    """Which faces hang on the rest of the surface along an edge that has two faces without them, and end in the air, (F,).

    Those that end in the air along most of their own edge come first, so that a fin is told from a wall with a hole on which it
    hangs. mesh: coincident vertices merged.
    """
    patches = _Patches.of(mesh)
    candidates = np.flatnonzero((patches.border > 0.0) & (patches.seam > 0.0))
    share = patches.border[candidates] / (patches.border + patches.seam)[candidates]
    patch, edge, faces = patches.at
    begins = np.searchsorted(patch, np.arange(len(patches.area) + 1))
    left = patches.sizes.copy()
    chosen = np.zeros(len(patches.area), dtype=bool)
    for candidate in candidates[np.argsort(-share, kind="stable")].tolist():
        rows = slice(begins[candidate], begins[candidate + 1])
        after = left[edge[rows]] - faces[rows]
        if (after >= 2).all():
            chosen[candidate] = True
            left[edge[rows]] = after
    return chosen[patches.label]


def specks(mesh: Mesh, loose: Booleans) -> Booleans:
    """Which faces are specks, (F,): open pieces of at most 8 faces and 1 % of the area, unless they are over 5 % together.

    loose: (F,) faces that hang on others, whose patches are pieces of their own; other pieces are joined by edges.
    """
    edges = HalfEdges(mesh.faces)
    one, other = edges.neighbours()
    joined = (loose[one // 3] == loose[other // 3]) & (~loose[one // 3] | (edges.sizes[edges.edge[one]] == 2))
    piece = connected(one[joined] // 3, other[joined] // 3, len(mesh.faces))
    count = int(piece.max(initial=-1)) + 1
    is_open = np.zeros(count, dtype=bool)
    is_open[piece[edges.of(edges.sizes == 1) // 3]] = True
    area = _sums(piece, mesh.face_areas, count)
    small = is_open & (np.bincount(piece, minlength=count) <= _MOST_FACES) & (area <= _LARGEST * area.sum())
    if area[small].sum() > _ALL * area.sum():
        small[:] = False
    return small[piece]


def walls_within(mesh: Mesh) -> Booleans:
    """Which faces are walls between chambers of a solid, (F,): all around they end at edges that have two faces without them.

    Without them the solid is one. mesh: in the unit cube, coincident vertices merged.
    """
    result = np.zeros(len(mesh.faces), dtype=bool)
    asked: set[bytes] = set()
    while len(asked) < _WALLS:
        rows = np.flatnonzero(~result)
        rest = Mesh(mesh.vertices, mesh.faces[rows])
        patches = _Patches.of(rest)
        found = _wall_within(rest, patches, asked)
        if found is None:
            break
        result[rows[patches.label == found]] = True
    return result


def _wall_within(mesh: Mesh, patches: _Patches, asked: set[bytes]) -> int | None:
    """The smallest patch that is a wall within the rest; asked: the faces of those that were looked at before."""
    patch, edge, faces = patches.at
    odd = patches.sizes[edge] % 2 == 1
    candidates = np.unique(patch[odd & (faces == 1)])
    candidates = candidates[patches.border[candidates] == 0.0]
    for candidate in candidates[np.argsort(patches.area[candidates], kind="stable")].tolist():
        chosen = patches.label == candidate
        key = mesh.faces[chosen].tobytes()
        if key in asked or len(asked) >= _WALLS:
            continue
        asked.add(key)
        rest = mesh.faces[~chosen]
        rows = np.flatnonzero(chosen)
        probes = mesh.triangles[rows[np.linspace(0, len(rows) - 1, min(_PROBES, len(rows))).astype(np.int64)]].mean(axis=1)
        if is_inside(Mesh(mesh.vertices, rest), probes).mean() >= _WITHIN:
            return candidate
    return None


def _sums(label: NDArray[np.integer], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The sum of the values (N,) of each label (N,) below count, (count,)."""
    return np.asarray(np.bincount(label, values, count), dtype=np.float64)
