"""A broken mesh without what bounds nothing: repeated and empty faces, seams, fins and specks, walls within."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.cleaning import clean, each_face_once, face_heights
from occnet.geometry.half_edges import HalfEdges
from occnet.geometry.orientation import bodies
from occnet.geometry.repair.loose_faces import hanging, specks, walls_within
from occnet.geometry.repair.seams import border_edges, zipped
from occnet.geometry.repair.wording import said
from occnet.mesh import Mesh

_NO_AREA = 1e-12  # of a body, in squares of the longest edge
_NO_HEIGHT = 1e-12  # of a face, in longest edges


@dataclass(frozen=True, eq=False)
class TidyMesh:
    """The faces of a mesh that may bound a solid, and sheets that hang on them."""

    mesh: Mesh  # coincident vertices merged
    fins: Mesh  # too large to be flaws; what they hang on has two faces at each edge without them
    repairs: tuple[str, ...]  # empty: the faces are those given


def tidied(mesh: Mesh) -> TidyMesh:
    """A mesh without what bounds nothing.

    1. Coincident vertices are merged, and of faces with the same vertices, whichever way they wind, the first stays.
    2. Faces without area go, and seams are closed (see `zipped`), also where such a face closed one.
    3. Specks of up to eight faces go, whether they hang on something or float (see `specks`).
    4. Walls between the chambers of a solid go (see `walls_within`).

    mesh: in the unit cube. Its colours and normals are left behind. Where it has no area, nothing is left of it.
    """
    given = Mesh(mesh.vertices, mesh.faces)
    mesh = clean(each_face_once(clean(given)))
    repairs = said("dropped", len(given.faces) - len(mesh.faces), "repeated face", "repeated faces")
    mesh, more = _without_empty_faces(mesh)
    repairs += more
    loose = hanging(mesh)
    flaws = specks(mesh, loose)
    repairs += said("dropped", int(flaws.sum()), "loose face", "loose faces")
    mesh, fins = _with_faces(mesh, ~loose & ~flaws), _with_faces(mesh, loose & ~flaws)
    walls = walls_within(mesh)
    repairs += said("dropped", int(walls.sum()), "face of a wall within", "faces of walls within")
    return TidyMesh(_with_faces(mesh, ~walls), fins, repairs)


def _without_empty_faces(mesh: Mesh) -> tuple[Mesh, tuple[str, ...]]:
    """The mesh without faces that have no area, with its seams closed; single ones stay where they alone close a crack."""
    empty = face_heights(mesh) <= _NO_HEIGHT
    edges = HalfEdges(mesh.faces)
    before = int((~empty[edges.of(edges.sizes == 1) // 3]).sum())  # of faces with area: those without end at themselves
    result = zipped(_with_faces(mesh, ~empty))
    after = border_edges(result)
    if after > before:
        result = zipped(_without_empty_bodies(mesh))
        after = min(before, border_edges(result))
    gone = int(empty.sum() - (face_heights(result) <= _NO_HEIGHT).sum())
    repairs = said("dropped", gone, "face without area", "faces without area")
    return result, repairs + said("joined", before - after, "edge along a seam", "edges along seams")


def _without_empty_bodies(mesh: Mesh) -> Mesh:
    body = bodies(mesh.faces)
    return _with_faces(mesh, (np.bincount(body, mesh.face_areas) > _NO_AREA)[body])


def _with_faces(mesh: Mesh, chosen: NDArray[np.bool_]) -> Mesh:
    return mesh if chosen.all() else Mesh(mesh.vertices, mesh.faces[chosen])
