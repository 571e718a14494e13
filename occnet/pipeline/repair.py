"""A broken mesh -> one watertight, manifold mesh of the solid that it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from occnet.cube import PADDED_EDGE
from occnet.errors import MeshError
from occnet.files.meshes import check_mesh_destination, read_mesh, write_mesh
from occnet.geometry.cleaning import clean, unit_mesh
from occnet.geometry.inside import InsideTest
from occnet.geometry.repair.closing import close_up
from occnet.geometry.repair.keeping_faces import KeptFaces, with_faces_kept
from occnet.geometry.repair.kept import kept_faces, moved_back
from occnet.geometry.repair.painting import painted_vertices
from occnet.geometry.repair.same_inside import iou_near
from occnet.geometry.repair.winding_field import SignedDistance
from occnet.geometry.sampling import sample_outer_surface
from occnet.geometry.simplify import simplify
from occnet.geometry.soundness.certificate import Certificate, certify
from occnet.mesh import Mesh
from occnet.meshing import NumpyField, extract_mesh
from occnet.pipeline.phases import Stopwatch
from occnet.pipeline.repair_options import RepairOptions

_SEEDS = 40_000  # points of the surface that lead the extraction to every part
_LEAST_IOU = 0.95  # near the surface, of an extracted mesh; below it, faces are rather left crossing each other
_USUAL_AREA = 3.0  # of a shape in the unit cube; it gives some 400,000 triangles at resolution 256
_FLAT = 0.05  # of a cell: what an extracted mesh may lose before its edges are weighed; its corners are cut by more
_FEWEST, _TIMES = 20_000, 4  # faces of an extracted mesh, or so many times those of the mesh that it stands for


@dataclass(frozen=True, eq=False)
class Repaired:
    """A closed, manifold mesh, what was repaired for it, and the proof."""

    mesh: Mesh
    repairs: tuple[str, ...]  # empty: the mesh was a solid already, and is the one given
    certificate: Certificate
    given_faces: int
    kept_faces: int  # faces of the result that are those given
    seconds: dict[str, float] = field(default_factory=dict)  # by phase, where a file was read and written


def repair_mesh(mesh: Mesh, options: RepairOptions | None = None) -> Repaired:
    """The solid that a mesh stands for, as one closed, manifold, outward mesh in the mesh's own coordinates.

    A mesh that is sound by its certificate comes back as it is. Any other is closed up (see `close_up`), and the first of these
    is taken that is sound, so that faces and sharp edges are kept if they can be:

    1. the closed-up mesh;
    2. the same with bodies that touch along edges moved apart, by 1e-5 of the longest edge;
    3. the exact union of its bodies, if it has the inside that the winding number tells;
    4. the same without the faces that pass through each other and those around them, the holes filled, where these are few;
    5. a mesh rebuilt from its winding field, and simplified: the field is the distance to the nearest face, positive where the
       winding number is above 0.5, evaluated near the surface alone. Edges are cut by at most a cell, and parts thinner than a
       cell may be lost. Where that is too much (an IoU below 0.95 near the surface), as of a box of card whose flaps pass
       through its walls, the union comes back if faces that pass through each other are all that is wrong with it; the
       certificate counts them.

    Overlapping bodies become one, and what lies within is gone.

    Raises MeshError when the mesh stands for no solid, or cannot be had with as few faces as asked for.
    """
    options, found = options or RepairOptions(), certify(mesh)
    result, repairs = (mesh, ()) if found.ok else _solid(mesh, options)
    if options.faces is not None and len(result.faces) > options.faces:
        few = simplify(result, options.faces)
        repairs += (_simplified(result, few),)
        result = _colored(few, mesh)
    if result is not mesh:
        found = certify(result)
    return Repaired(result, repairs, found, len(mesh.faces), kept_faces(result, mesh))


def _solid(mesh: Mesh, options: RepairOptions) -> tuple[Mesh, tuple[str, ...]]:
    """The solid, in the mesh's own coordinates, and what was done for it."""
    unit, frame = unit_mesh(mesh)
    closed = close_up(unit, options.sheet_thickness)
    test = InsideTest(closed.mesh)
    tidy = clean(test.mesh)

    def finished(whole: Mesh, *how: str) -> tuple[Mesh, tuple[str, ...]]:
        back = moved_back(_colored(whole, unit), unit, mesh, frame)
        return back, (*closed.repairs, *how) or ("merged coincident vertices",)

    crossing: KeptFaces | None = None
    for kept in with_faces_kept(tidy, test):
        problems = certify(kept.mesh).problems
        if not problems:
            return finished(kept.mesh, *kept.how)
        if set(problems) <= {"intersecting pairs", "touching pairs"} and kept.united:
            crossing = kept
    seeds, _, _ = sample_outer_surface(test, _SEEDS, np.random.default_rng(0))
    resolution = options.resolution or round(float(np.clip(256 * np.sqrt(_USUAL_AREA / tidy.area), 256, 1024)))
    extracted = extract_mesh(NumpyField(SignedDistance(test)), resolution=resolution, seeds=seeds)
    cell = PADDED_EDGE / resolution
    if crossing is not None and iou_near(seeds, cell, extracted, test) < _LEAST_IOU:
        return finished(crossing.mesh, *crossing.how, "left faces crossing")
    how = (f"rebuilt from its winding field at {resolution:,} cells",)
    few, more = _with_few_faces(extracted, options.faces or max(_FEWEST, _TIMES * len(mesh.faces)), _FLAT * cell)
    return finished(few, *how, *more)


def _with_few_faces(mesh: Mesh, most: int, tolerance: float) -> tuple[Mesh, tuple[str, ...]]:
    """A mesh simplified if it has more faces than that, and what there is to say of it: also where it could not be."""
    if len(mesh.faces) <= most:
        return mesh, ()
    try:
        few = simplify(mesh, most, tolerance)
    except MeshError as problem:
        return mesh, (f"not simplified ({str(problem).removesuffix('.')})",)
    return few, (_simplified(mesh, few),)


def _simplified(before: Mesh, after: Mesh) -> str:
    return f"simplified from {len(before.faces):,} to {len(after.faces):,} faces"


def _colored(solid: Mesh, given: Mesh) -> Mesh:
    return solid if given.colors is None or solid.colors is not None else painted_vertices(solid, given)


def repair_file(source: Path, destination: Path, options: RepairOptions) -> Repaired:
    """The solid of a mesh file, written to another mesh file.

    Raises FileError when one cannot be read or written, MeshError when the mesh stands for no solid.
    """
    check_mesh_destination(destination)
    watch = Stopwatch()
    watch.begin("read")
    mesh = read_mesh(source)
    watch.begin("repair")
    try:
        solid = repair_mesh(mesh, options)
    except MeshError as problem:
        raise MeshError(f"{source} cannot be made a solid: {problem}.") from problem
    watch.begin("write")
    write_mesh(destination, solid.mesh)
    return replace(solid, seconds=watch.end())
