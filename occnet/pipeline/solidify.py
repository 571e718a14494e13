"""A broken mesh -> one watertight, manifold mesh of the solid that it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import igl
import numpy as np
from numpy.typing import NDArray

from occnet.cube import PADDED_EDGE
from occnet.errors import MeshError
from occnet.files.meshes import check_mesh_destination, read_mesh, write_mesh
from occnet.geometry.certificate import Certificate, certify
from occnet.geometry.cleaning import clean, is_closed, unit_mesh
from occnet.geometry.inside import InsideTest, is_inside
from occnet.geometry.repair.closing import close_up
from occnet.geometry.repair.painting import painted_vertices
from occnet.geometry.repair.parting import parted
from occnet.geometry.repair.uniting import united
from occnet.geometry.sampling import sample_outer_surface, sample_surface, sample_volume
from occnet.mesh import Mesh
from occnet.meshing import NumpyField, extract_mesh
from occnet.metrics import volume_iou

_GAP = 1e-5  # between bodies that touch, in longest edges: what single precision still tells apart
_COMPARED, _BESIDE = 4096, 1e-4  # points, and how far beside a face, at which a union is compared with the winding number
_AGREEMENT = 0.999  # share of them at which both must say the same
_UNITED = "overlapping bodies united"
_SEEDS = 40_000  # points of the surface that lead the extraction to every part
_EXAMINED = 20_000  # faces of an extracted mesh that are examined for intersections, which it can hardly have
_LEAST_IOU = 0.95  # near the surface, of an extracted mesh; below it, faces are rather left crossing each other
_USUAL_AREA = 3.0  # of a shape in the unit cube; it gives some 400,000 triangles at resolution 256
_LEAST_DISTANCE = 1e-7  # so that a point on a face within the solid does not count as outside
_SLOPE = 0.05  # of the field where the surface is not on a face but where the winding number passes 0.5, per unit of it


@dataclass(frozen=True)
class SolidifyOptions:
    """How a broken mesh is made solid. Lengths are in longest edges."""

    resolution: int | None = None
    """cells along the padded cube, where the mesh is extracted anew; by default 256 to 1024, the finer the less surface"""
    sheet_thickness: float = 0.01
    """of the slabs that surfaces without thickness become"""


@dataclass(frozen=True, eq=False)
class Solid:
    """A closed, manifold mesh, what was repaired for it, and the proof."""

    mesh: Mesh
    repairs: tuple[str, ...]  # empty: the mesh was a solid already, and is the one given
    certificate: Certificate


def solidify(mesh: Mesh, options: SolidifyOptions = SolidifyOptions()) -> Solid:
    """The solid that a mesh stands for, as one closed, manifold, outward mesh in the mesh's own coordinates.

    A mesh that is sound by its certificate comes back as it is. Any other is closed up (see `close_up`), and the first of these
    is taken that is sound, so that faces and sharp edges are kept if they can be:

    1. the closed-up mesh;
    2. the same with bodies that touch along edges moved apart, by 1e-5 of the longest edge;
    3. the exact union of its bodies, if it has the inside that the winding number tells;
    4. a mesh extracted anew: the field is the distance to the nearest face, positive where the winding number is above 0.5, and
       is evaluated near the surface alone. Edges are cut by at most a cell, and parts thinner than a cell may be lost. Where
       that is too much (an IoU below 0.95 near the surface), as of a box of card whose flaps pass through its walls, the union
       comes back if faces that pass through each other are all that is wrong with it; the certificate counts them.

    Overlapping bodies become one, and what lies within is gone.

    Raises MeshError when the mesh stands for no solid.
    """
    found = certify(mesh)
    if found.ok:
        return Solid(mesh, (), found)
    unit, frame = unit_mesh(mesh)
    closed = close_up(unit, options.sheet_thickness)
    test = InsideTest(closed.mesh)
    tidy = clean(test.mesh)

    def with_faces_kept(whole: Mesh, repair: tuple[str, ...]) -> Solid:
        result = frame.mesh_to_original(_colored(whole, unit))
        return Solid(result, (*closed.repairs, *repair) or ("coincident vertices merged",), certify(result))

    crossing: tuple[Mesh, tuple[str, ...]] | None = None
    for whole, repair in _with_faces_kept(tidy, test):
        problems = certify(whole).problems
        if not problems:
            return with_faces_kept(whole, repair)
        if set(problems) == {"intersecting pairs"} and _UNITED in repair:
            crossing = whole, (*repair, "crossings left")
    seeds, _, _ = sample_outer_surface(test, _SEEDS, np.random.default_rng(0))
    resolution = options.resolution or round(float(np.clip(256 * np.sqrt(_USUAL_AREA / tidy.area), 256, 1024)))
    extracted = extract_mesh(NumpyField(SignedDistance(test)), resolution=resolution, seeds=seeds)
    if crossing is not None and _iou_near(seeds, PADDED_EDGE / resolution, extracted, test) < _LEAST_IOU:
        return with_faces_kept(*crossing)
    result = frame.mesh_to_original(_colored(extracted, unit))
    return Solid(result, (*closed.repairs, "extracted as one surface"), certify(result, examined_faces=_EXAMINED))


def _with_faces_kept(tidy: Mesh, test: InsideTest) -> Iterator[tuple[Mesh, tuple[str, ...]]]:
    """Surfaces of the same solid that keep its faces, the least changed first, with what was done; they may be unsound."""
    yield tidy, ()
    if not is_closed(tidy):
        return
    yield parted(tidy, _GAP), ("touching bodies parted",)
    whole = united(tidy)
    if whole is not None and _agrees(whole, test):
        yield parted(clean(whole), _GAP), (_UNITED,)


def _agrees(whole: Mesh, test: InsideTest) -> bool:
    """Whether a mesh has the inside that the test tells, at points anywhere and beside the faces of both."""
    generator = np.random.default_rng(0)
    points = [sample_volume(_COMPARED, generator)]
    for mesh in (whole, test.mesh):
        surface, normals, _ = sample_surface(mesh, _COMPARED, generator)
        points += [surface + _BESIDE * normals, surface - _BESIDE * normals]
    places = np.concatenate(points)
    return bool((is_inside(whole, places) == test.inside(places)).mean() >= _AGREEMENT)


def _iou_near(surface: NDArray, cell: float, extracted: Mesh, test: InsideTest) -> float:
    """The IoU of an extracted mesh with the solid that it was made from, at points within about a cell of the surface."""
    points = surface + 0.5 * cell * np.random.default_rng(0).standard_normal(surface.shape)
    return float(volume_iou(is_inside(extracted, points), test.inside(points)))


def _colored(solid: Mesh, given: Mesh) -> Mesh:
    return solid if given.colors is None or solid.colors is not None else painted_vertices(solid, given)


class SignedDistance:
    """Distance to the nearest face of a closed-up mesh, positive inside: points (N, 3) -> values (N,) float64."""

    def __init__(self, test: InsideTest) -> None:
        self._test = test
        self._tree = igl.AABB()
        self._tree.init(test.mesh.vertices, test.mesh.faces)

    def __call__(self, points: NDArray) -> NDArray[np.float64]:
        points = np.ascontiguousarray(points, dtype=np.float64)
        squared = self._tree.squared_distance(self._test.mesh.vertices, self._test.mesh.faces, points)[0]
        beyond = self._test.winding_number(points) - 0.5
        # loose walls leave gaps, in which the winding number passes 0.5 gradually and far from any face
        size = np.minimum(np.sqrt(squared), _SLOPE * np.abs(beyond))
        return np.where(beyond > 0.0, 1.0, -1.0) * np.maximum(size, _LEAST_DISTANCE)


def repair_file(source: Path, destination: Path, options: SolidifyOptions) -> Solid:
    """The solid of a mesh file, written to another mesh file.

    Raises FileError when one cannot be read or written, MeshError when the mesh stands for no solid.
    """
    check_mesh_destination(destination)
    try:
        solid = solidify(read_mesh(source), options)
    except MeshError as problem:
        raise MeshError(f"{source} cannot be made a solid: {problem}.") from problem
    write_mesh(destination, solid.mesh)
    return solid
