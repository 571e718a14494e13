"""Broken meshes made to bound a solid: openings closed, sheets thickened, everything wound outward."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.errors import MeshError
from occnet.geometry.cleaning import clean
from occnet.geometry.inside import winding_number
from occnet.geometry.orientation import bodies, outward
from occnet.geometry.repair.openings import Opening, find_openings, opening_area, with_openings_closed
from occnet.geometry.repair.sheets import parts_in_air, slab
from occnet.geometry.sampling import sample_surface
from occnet.mesh import Mesh
from occnet.vectors import normalized

_STEP = 1e-4  # how far in front of and behind a face its sides are probed, in longest edges
_ENCLOSING = 0.9  # winding number behind open bodies from which on they bound a solid together, as six loose walls do
_FEWEST = 4  # faces of a body that may have lost one; three around a vertex are a bump in a sheet
_NO_AREA = 1e-12  # in squares of the longest edge
_FEW = 1e-3  # share of the area up to which sheets are left as they are: flaws, not parts


@dataclass(frozen=True, eq=False)
class ClosedMesh:
    """A mesh that bounds a solid (winding number above 0.5), and what had to be done for it; no repairs: it was one before."""

    mesh: Mesh
    repairs: tuple[str, ...]


def close_up(mesh: Mesh, thickness: float = 0.01, widest_opening: float = 0.5) -> ClosedMesh:
    """The solid that a mesh most plausibly stands for, in whatever state the mesh is; a solid comes back unchanged.

    mesh: in unit-cube coordinates; when it is repaired, its colours are left behind (see `painted`). thickness: of the slabs
    that sheets become, in longest edges. The rules:

    1. Coincident vertices are merged, repeated faces dropped, bodies wound outward (see `outward`).
    2. The openings of a body are closed if they are together smaller than widest_opening times its surface: lost faces, a
       house without a floor, a box without a lid. What is more open than that (a half sphere has 0.5) is a sheet. An opening
       with three corners is a lost face, however large: the body of a sheet does not end in a triangle.
    3. What lies of sheets within the solid is dropped. If the others enclose something together, as loose walls do, that is
       solid.
    4. All other sheets, and faces of any body with nothing but air on both sides (two-sided sheets), become slabs.

    Raises MeshError when the mesh has no faces, or none with area.
    """
    given = mesh
    mesh = _without_empty_bodies(clean(Mesh(mesh.vertices, mesh.faces)))
    if not len(mesh.faces):
        raise MeshError("it has no faces" if not len(given.faces) else "its faces have no area")
    wound = outward(mesh)
    repairs = Counter({"repeated or empty faces dropped": len(given.faces) - len(mesh.faces)})
    repairs.update({"faces turned": int((wound.faces != mesh.faces).any(axis=1).sum())})
    body = bodies(wound.faces)
    openings = find_openings(wound, body)
    loose = _sheets_among(wound, body, openings, widest_opening)
    closed = [opening for opening in openings if not loose[opening.body]]
    repairs["openings closed"] = len(closed)
    solid = _with_faces(wound, ~loose[body])
    solid = outward(with_openings_closed(solid, closed)) if closed else solid
    sheets = _with_faces(wound, loose[body])
    if len(sheets.faces):
        whole = sheets.area
        sheets = parts_in_air(sheets, solid)
        hidden = 1.0 - sheets.area / whole
        repairs["% of the sheets dropped, for they lie within"] = round(100 * hidden)
        enclosing = _enclosing(sheets)
        walls = _with_faces(sheets, enclosing)
        repairs["loose walls joined"] = len(np.unique(bodies(walls.faces))) if len(walls.faces) else 0
        sheets = _with_faces(sheets, ~enclosing)
        solid = outward(_joined(solid, walls))
    sheets = _joined(sheets, _two_sided_sheets(solid))
    if len(sheets.faces):
        repairs[f"sheets thickened to {thickness:g}"] = len(np.unique(bodies(sheets.faces)))
        solid = _joined(solid, slab(sheets, thickness))
    done = tuple(f"{count} {what}" for what, count in repairs.items() if count)
    return ClosedMesh(solid if done else given, done)


def _without_empty_bodies(mesh: Mesh) -> Mesh:
    """The mesh without bodies that have no area; single faces without area stay, for they may close a crack."""
    if not (mesh.face_areas < _NO_AREA).any():
        return mesh
    body = bodies(mesh.faces)
    return _with_faces(mesh, (np.bincount(body, mesh.face_areas) > _NO_AREA)[body])


def _sheets_among(mesh: Mesh, body: NDArray, openings: list[Opening], widest: float) -> NDArray[np.bool_]:
    """For each body: whether its openings are too wide to be closed."""
    count = int(body.max()) + 1
    area, faces = np.bincount(body, mesh.face_areas, minlength=count), np.bincount(body, minlength=count)
    missing = np.zeros(count)
    for opening in openings:
        if len(opening.loop) > 3 or faces[opening.body] < _FEWEST:
            missing[opening.body] += opening_area(mesh, opening)
    return missing > widest * area * (1.0 - 1e-9)


def _enclosing(sheets: Mesh) -> NDArray[np.bool_]:
    """Which faces of open bodies bound something together: those whose backs the others surround, (F,)."""
    chosen = np.ones(len(sheets.faces), dtype=bool)
    for _ in range(3):  # without those that do not, the others may enclose less
        some = _with_faces(sheets, chosen)
        if not len(some.faces):
            break
        turned = outward(some)
        body = bodies(turned.faces)
        _, behind = _sides(turned, turned)
        area = turned.face_areas + 1e-300
        mean = np.bincount(body, area * behind) / np.bincount(body, area)
        good = mean[body] > _ENCLOSING
        chosen[np.flatnonzero(chosen)[~good]] = False
        if good.all():
            break
    return chosen


def _two_sided_sheets(solid: Mesh) -> Mesh:
    """The parts of the surface with air on both sides of them: sheets that are drawn with two sides."""
    if not len(solid.faces):
        return solid
    points, normals, _ = sample_surface(solid, 4096, np.random.default_rng(0))
    sides = winding_number(solid, np.concatenate([points + _STEP * normals, points - _STEP * normals])).reshape(2, -1)
    if (np.abs(sides) < 0.5).all(axis=0).mean() <= _FEW:
        return _with_faces(solid, np.zeros(len(solid.faces), dtype=bool))
    return parts_in_air(_with_faces(solid, solid.face_areas > _NO_AREA), solid)


def _sides(mesh: Mesh, solid: Mesh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Winding numbers of solid just in front of and behind the middle of each face of mesh, (F,) each."""
    unit = normalized(mesh.face_normals)
    middle = mesh.triangles.mean(axis=1)
    winding = winding_number(solid, np.concatenate([middle + _STEP * unit, middle - _STEP * unit]))
    return winding[: len(middle)], winding[len(middle) :]


def _with_faces(mesh: Mesh, chosen: NDArray[np.bool_]) -> Mesh:
    return Mesh(mesh.vertices, mesh.faces[chosen])


def _joined(first: Mesh, second: Mesh) -> Mesh:
    """Both meshes side by side in one."""
    vertices = np.concatenate([first.vertices, second.vertices])
    return Mesh(vertices, np.concatenate([first.faces, second.faces + len(first.vertices)]))
