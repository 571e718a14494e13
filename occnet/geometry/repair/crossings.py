"""Places where a closed surface passes through itself, cut out with what is around them and filled anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.cleaning import clean, face_heights
from occnet.geometry.half_edges import HalfEdges
from occnet.geometry.orientation import bodies
from occnet.geometry.repair.openings import find_openings, with_openings_closed
from occnet.geometry.soundness.intersections import self_meetings
from occnet.mesh import Mesh

_ROUNDS = 8  # of cutting and filling; the later, the more is cut around what still crosses
_LARGEST, _FEW, _LARGEST_OF_FEW = 0.1, 64, 0.3  # share of the faces that may be cut out in all, and of a mesh of few faces
_NO_HEIGHT = 1e-12  # of a face, in diagonals of the mesh, as the certificate has it
_SCRAP = 0.01  # share of the faces up to which a piece that a cut has left alone goes with it


def without_crossings(mesh: Mesh) -> tuple[Mesh, int] | None:
    """The same surface without faces that pass through each other or touch, and how many of its faces were cut out for that.

    Faces that cross, or have no area, are cut out with those around them, and the hole is filled; where the filling crosses
    something again, with more around them. Faces elsewhere stay as they are. mesh: closed and manifold, in any coordinates; its
    colours and normals are left behind. None where over a tenth of the faces would have to go (of few faces, 64 or three
    tenths): then crossing is no flaw but how the mesh is made.
    Source: Attene, A lightweight approach to repairing digitized polygon meshes, 2010.
    """
    most = max(_LARGEST * len(mesh.faces), min(_FEW, _LARGEST_OF_FEW * len(mesh.faces)))
    cut, scrap = 0, _SCRAP * len(mesh.faces)
    for round_number in range(_ROUNDS):
        wrong = _wrong(mesh)
        if not len(wrong):
            return mesh, cut
        chosen = _grown(mesh, wrong, 1 + round_number // 2)
        cut += int(chosen.sum())
        rest = Mesh(mesh.vertices, mesh.faces[~chosen])
        if cut > most or not len(rest.faces):
            return None
        rest = _without_scraps(rest, scrap)
        mesh = clean(with_openings_closed(rest, find_openings(rest, bodies(rest.faces))))
    return None


def _wrong(mesh: Mesh) -> NDArray[np.int64]:
    """Faces that pass through others or touch them, that have no area, or that meet two others and more at an edge."""
    edges = HalfEdges(mesh.faces)
    empty = np.flatnonzero(face_heights(mesh) <= _NO_HEIGHT * np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    meetings = self_meetings(mesh)
    pairs = np.concatenate([meetings.crossing, meetings.touching]).reshape(-1)
    return np.unique(np.concatenate([pairs, empty, edges.of(edges.sizes > 2) // 3]))


def _grown(mesh: Mesh, rows: NDArray[np.int64], rings: int) -> NDArray[np.bool_]:
    """Which faces have a vertex in common with one of these, or by so many steps, (F,)."""
    chosen = np.zeros(len(mesh.faces), dtype=bool)
    chosen[rows] = True
    for _ in range(rings):
        touched = np.zeros(len(mesh.vertices), dtype=bool)
        touched[mesh.faces[chosen]] = True
        chosen |= touched[mesh.faces].any(axis=1)
    return chosen


def _without_scraps(mesh: Mesh, most: float) -> Mesh:
    """The mesh without open pieces of at most so many faces; the largest piece stays."""
    piece = bodies(mesh.faces)
    edges = HalfEdges(mesh.faces)
    size = np.bincount(piece)
    scrap = np.zeros(len(size), dtype=bool)
    scrap[piece[edges.of(edges.sizes == 1) // 3]] = True
    scrap &= (size <= most) & (size < size.max())
    return Mesh(mesh.vertices, mesh.faces[~scrap[piece]])
