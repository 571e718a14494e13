"""From the mesh that was extracted to the one that is written: fewer faces, refined, in the scan's colours, with normals."""

from __future__ import annotations

from collections.abc import Callable

from occnet.field import Field
from occnet.files.clouds import Cloud
from occnet.geometry.scan.colours import in_colours_of
from occnet.geometry.simplify import simplify
from occnet.geometry.uncrossed import uncrossed
from occnet.geometry.vertex_normals import with_vertex_normals
from occnet.mesh import Mesh
from occnet.meshing.refine import refine
from occnet.pipeline.phases import announce
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions


def finished(mesh: Mesh, field: Field, threshold: float, options: ReconstructOptions, say: Callable[[str], None]) -> Mesh:
    """A mesh as the paper finishes it: simplified to the faces asked for, then refined on the field, if that was asked for.

    mesh: in the unit cube. threshold: probability at which it was extracted. say: is told how many faces were there before and
    after. Raises MeshError when the mesh cannot be simplified so far.
    Source: Mescheder et al. 2019, section 3.3.
    """
    if options.faces is not None and len(mesh.faces) > options.faces:
        announce("simplify")
        few = simplify(mesh, options.faces)
        beyond = "" if len(few.faces) <= options.faces else "; fewer would join what is apart"
        say(f"simplified from {len(mesh.faces):,} to {len(few.faces):,} faces{beyond}")
        mesh = few
    if options.refine:
        announce("refine")
        mesh = uncrossed(refine(mesh, field, threshold=threshold), mesh)
    return mesh


def dressed(mesh: Mesh, scan: Cloud | None, normals: bool) -> Mesh:
    """The same mesh in the colours of a scan, if there are any, and with smooth normals, if they are asked for.

    scan: in the mesh's coordinates.
    """
    if scan is not None and scan.colors is not None:
        mesh = in_colours_of(mesh, scan.points, scan.colors)
    return with_vertex_normals(mesh) if normals else mesh
