"""Sheets: surfaces without thickness, such as the seat of a chair that is drawn as one plane, made into slabs."""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray

from occnet.geometry.cleaning import clean, each_face_once
from occnet.geometry.half_edges import HalfEdges
from occnet.geometry.inside import winding_number
from occnet.mesh import Mesh
from occnet.vectors import normalized

_STEP = 1e-4  # how far in front of and behind a face its sides are probed, in longest edges
_PROBES = np.array([[1, 1, 1], [8, 1, 1], [1, 8, 1], [1, 1, 8]]) / [[3.0], [10.0], [10.0], [10.0]]  # where on a face
_SMALL = 0.02  # longest edge of a face that is cut no further


def parts_in_air(sheet: Mesh, solid: Mesh) -> Mesh:
    """The parts of a sheet with nothing of the solid in front of them nor behind them.

    Faces that lie partly in the solid are cut into quarters, down to the size of _SMALL: a seat may be two triangles that
    pass through four legs. sheet, solid: in the unit cube.
    """
    if not len(solid.faces) or not len(sheet.faces):
        return sheet
    corners = sheet.triangles
    kept = []
    while len(corners):
        share = _share_in_air(corners, solid)
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        cut = (share > 0.0) & (share < 1.0) & (longest > _SMALL)
        kept.append(corners[(share > 0.0) & ~cut])  # rather a little too much, so that the slab reaches the solid
        a, b, c = corners[cut].transpose(1, 0, 2)
        ab, bc, ca = 0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a)
        corners = np.concatenate([np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    corners = np.concatenate(kept).reshape(-1, 3)
    return clean(Mesh(corners, np.arange(len(corners)).reshape(-1, 3)))


def _share_in_air(triangles: NDArray, solid: Mesh) -> NDArray[np.float64]:
    """The share of the probes on each triangle with air on both sides, (F,)."""
    normals = normalized(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]))
    points = np.einsum("pk,fki->fpi", _PROBES, triangles)
    sides = np.stack([points + _STEP * normals[:, None], points - _STEP * normals[:, None]])
    air = np.abs(winding_number(solid, sides.reshape(-1, 3))).reshape(sides.shape[:3]) < 0.5
    return air.all(axis=0).mean(axis=1)


def slab(sheet: Mesh, thickness: float) -> Mesh:
    """A closed surface around a sheet: both of its sides, moved apart to the given thickness, and walls along its rim.

    sheet: coincident vertices merged; the winding of its faces does not matter, and a face that comes twice counts once.
    Where more than two faces meet in an edge, each smooth piece gets a slab of its own, and the slabs meet.
    """
    faces = np.ascontiguousarray(each_face_once(sheet).faces)
    oriented, patch = (np.asarray(part) for part in igl.bfs_orient(faces))
    count = len(sheet.vertices)
    used, corners = np.unique(patch[:, None].astype(np.int64) * count + oriented, return_inverse=True)
    corners = corners.reshape(-1, 3)  # pieces do not share vertices: each has its own normals
    middle = sheet.vertices[used % count]
    offset = 0.5 * thickness * _mitred_normals(middle, corners)
    first, last = _rim(corners)
    under = len(used)
    walls = [
        np.stack([last, first, first + under], axis=1),
        np.stack([last, first + under, last + under], axis=1),
    ]
    vertices = np.concatenate([middle + offset, middle - offset])
    return Mesh(vertices, np.concatenate([corners, corners[:, ::-1] + under, *walls]))


def _mitred_normals(vertices: NDArray, faces: NDArray) -> NDArray[np.float64]:
    """Vectors at vertices, (V, 3), along which to move by one so that the faces move by one, and at most by two."""
    triangles = vertices[faces]
    normals = normalized(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]))
    sides = normalized(np.roll(triangles, -1, axis=1) - triangles)
    cosine = -np.einsum("fki,fki->fk", sides, np.roll(sides, 1, axis=1))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    total = np.zeros_like(vertices)
    np.add.at(total, faces, angle[..., None] * normals[:, None])
    total = normalized(total)
    share, weight = np.zeros((2, len(vertices)))
    np.add.at(share, faces, angle * np.einsum("fki,fi->fk", total[faces], normals))
    np.add.at(weight, faces, angle)
    return total / np.maximum(share / np.maximum(weight, 1e-300), 0.5)[:, None]


def _rim(faces: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of the edges along which the faces end, in the direction of the faces, once for each face too many."""
    edges = HalfEdges(faces)
    low, high, upward = (np.repeat(part, np.abs(edges.excess)) for part in (edges.low, edges.high, edges.excess > 0))
    return np.where(upward, low, high), np.where(upward, high, low)
