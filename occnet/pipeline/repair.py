"""A broken mesh -> one watertight, manifold mesh of the solid that it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from occnet.cube import PADDED_EDGE
from occnet.errors import MeshError
from occnet.files.meshes import check_mesh_destination, read_mesh, write_mesh
from occnet.geometry.certificate import Certificate, certify
from occnet.geometry.cleaning import clean, unit_mesh
from occnet.geometry.inside import InsideTest
from occnet.geometry.repair.closing import close_up
from occnet.geometry.repair.keeping_faces import UNITED, with_faces_kept
from occnet.geometry.repair.painting import painted_vertices
from occnet.geometry.repair.same_inside import iou_near
from occnet.geometry.repair.winding_field import SignedDistance
from occnet.geometry.sampling import sample_outer_surface
from occnet.mesh import Mesh
from occnet.meshing import NumpyField, extract_mesh
from occnet.pipeline.phases import Stopwatch
from occnet.pipeline.repair_options import RepairOptions

_SEEDS = 40_000  # points of the surface that lead the extraction to every part
_EXAMINED = 20_000  # faces of an extracted mesh that are examined for intersections, which it can hardly have
_LEAST_IOU = 0.95  # near the surface, of an extracted mesh; below it, faces are rather left crossing each other
_USUAL_AREA = 3.0  # of a shape in the unit cube; it gives some 400,000 triangles at resolution 256


@dataclass(frozen=True, eq=False)
class Repaired:
    """A closed, manifold mesh, what was repaired for it, and the proof."""

    mesh: Mesh
    repairs: tuple[str, ...]  # empty: the mesh was a solid already, and is the one given
    certificate: Certificate
    seconds: dict[str, float] = field(default_factory=dict)  # by phase, where a file was read and written


def repair_mesh(mesh: Mesh, options: RepairOptions | None = None) -> Repaired:
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
    options, found = options or RepairOptions(), certify(mesh)
    if found.ok:
        return Repaired(mesh, (), found)
    unit, frame = unit_mesh(mesh)
    closed = close_up(unit, options.sheet_thickness)
    test = InsideTest(closed.mesh)
    tidy = clean(test.mesh)

    def kept(whole: Mesh, how: tuple[str, ...]) -> Repaired:
        result = frame.mesh_to_original(_colored(whole, unit))
        return Repaired(result, (*closed.repairs, *how) or ("coincident vertices merged",), certify(result))

    crossing: tuple[Mesh, tuple[str, ...]] | None = None
    for whole, how in with_faces_kept(tidy, test):
        problems = certify(whole).problems
        if not problems:
            return kept(whole, how)
        if set(problems) == {"intersecting pairs"} and UNITED in how:
            crossing = whole, (*how, "crossings left")
    seeds, _, _ = sample_outer_surface(test, _SEEDS, np.random.default_rng(0))
    resolution = options.resolution or round(float(np.clip(256 * np.sqrt(_USUAL_AREA / tidy.area), 256, 1024)))
    extracted = extract_mesh(NumpyField(SignedDistance(test)), resolution=resolution, seeds=seeds)
    if crossing is not None and iou_near(seeds, PADDED_EDGE / resolution, extracted, test) < _LEAST_IOU:
        return kept(*crossing)
    result = frame.mesh_to_original(_colored(extracted, unit))
    return Repaired(result, (*closed.repairs, "extracted as one surface"), certify(result, examined_faces=_EXAMINED))


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
