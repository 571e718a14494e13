"""Broken meshes made to bound a solid: openings closed, sheets thickened, everything wound outward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.errors import MeshError
from occnet.geometry.cleaning import clean
from occnet.geometry.inside import winding_number
from occnet.geometry.orientation import bodies, outward
from occnet.geometry.repair.openings import Opening, find_openings, opening_area, with_openings_closed
from occnet.geometry.repair.sheets import parts_in_air, slab
from occnet.geometry.repair.tidying import TidyMesh, tidied
from occnet.geometry.repair.wording import said
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

    1. What bounds nothing goes (see `tidied`), fins that are large are sheets, and bodies are wound outward (see `outward`).
    2. The openings of a body are closed if they are together smaller than widest_opening times its surface: lost faces, a
       house without a floor, a box without a lid. What is more open than that (a half sphere has 0.5) is a sheet. An opening
       with three corners is a lost face, however large: the body of a sheet does not end in a triangle.
    3. What lies of sheets within the solid is dropped. If the others enclose something together, as loose walls do, that is
       solid.
    4. All other sheets, and faces of any body with nothing but air on both sides (two-sided sheets), become slabs.

    Raises MeshError when the mesh has no faces, or none with area.
    """
    given, tidy = mesh, tidied(mesh)
    mesh, fins = _with_hollow_fins(tidy, widest_opening) if len(tidy.fins.faces) else (tidy.mesh, tidy.fins)
    if not len(mesh.faces):
        raise MeshError("it has no faces" if not len(given.faces) else "its faces have no area")
    wound = outward(mesh)
    repairs = tidy.repairs + said("turned", int((wound.faces != mesh.faces).any(axis=1).sum()), "face", "faces")
    body = bodies(wound.faces)
    openings = find_openings(wound, body)
    loose = _sheets_among(wound, body, openings, widest_opening)
    closed = [opening for opening in openings if not loose[opening.body]]
    repairs += said("filled", len(closed), "hole", "holes")
    solid = _with_faces(wound, ~loose[body])
    solid = outward(with_openings_closed(solid, closed)) if closed else solid
    sheets = _joined(_with_faces(wound, loose[body]), fins)
    if len(sheets.faces):
        whole = sheets.area
        sheets = parts_in_air(sheets, solid)
        hidden = round(100 * (1.0 - sheets.area / whole))
        repairs += (f"dropped {hidden} % of the sheets, which lies within",) if hidden else ()
        enclosing = _enclosing(sheets)
        walls = _with_faces(sheets, enclosing)
        if len(walls.faces):
            repairs += said("joined", len(np.unique(bodies(walls.faces))), "loose wall", "loose walls")
        sheets = _with_faces(sheets, ~enclosing)
        solid = outward(_joined(solid, walls))
    sheets = _joined(sheets, _two_sided_sheets(solid))
    if len(sheets.faces):
        sheet_count = len(np.unique(bodies(sheets.faces)))
        repairs += said("thickened", sheet_count, f"sheet to {thickness:g}", f"sheets to {thickness:g}")
        solid = _joined(solid, slab(sheets, thickness))
    return ClosedMesh(solid if repairs else given, repairs)


def _sheets_among(mesh: Mesh, body: NDArray, openings: list[Opening], widest: float) -> NDArray[np.bool_]:
    """For each body: whether its openings are too wide to be closed."""
    count = int(body.max(initial=-1)) + 1
    area, faces = np.bincount(body, mesh.face_areas, minlength=count), np.bincount(body, minlength=count)
    missing = np.zeros(count)
    for opening in openings:
        if len(opening.loop) > 3 or faces[opening.body] < _FEWEST:
            missing[opening.body] += opening_area(mesh, opening)
    return missing > widest * area * (1.0 - 1e-9)


def _with_hollow_fins(tidy: TidyMesh, widest: float) -> tuple[Mesh, Mesh]:
    """A tidy mesh with those of its fins whose openings are to be closed, such as a house under a roof; and the other fins."""
    body = bodies(tidy.fins.faces)
    loose = _sheets_among(tidy.fins, body, find_openings(tidy.fins, body), widest)[body]
    return clean(_joined(tidy.mesh, _with_faces(tidy.fins, ~loose))), clean(_with_faces(tidy.fins, loose))


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
