"""Open surfaces: of a terrain or a room, from its points alone; and what was seen of a solid."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from occnet.cube import PADDED_EDGE
from occnet.errors import EmptySurface, MeshError, OccnetError
from occnet.geometry.open_surface.open_scan import OpenScan
from occnet.geometry.open_surface.seen_part import seen_part
from occnet.geometry.simplify import simplify_open
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.pipeline.phases import announce
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

_EXTRACTION = ExtractionOptions(vertex_steps=1, differentiable=False)
"""The field is nearly the distance to the surface: the first step finds the vertices."""

_THINNED = 0.5  # cells, in which no more than one point is kept


def open_mesh(scan: OpenScan, source: str, options: ReconstructOptions, say: Callable[[str], None]) -> Mesh:
    """The surface of a scan of something open, in its unit cube, of options.resolution cells.

    say: is told what was done that a user would not expect. Raises EmptySurface, naming the source, if none is found, and
    OccnetError if it is to be refined, which closed surfaces are.
    """
    cell = PADDED_EDGE / options.resolution
    scan = scan.thinned(_THINNED * cell)
    spacing = scan.spacing()
    field = scan.field(scan.front_normals(spacing), spacing, cell)
    low, high = (corner.tolist() for corner in field.bounds(2 * cell))
    try:
        mesh = extract_mesh(
            field,
            resolution=math.ceil(max(high[axis] - low[axis] for axis in range(3)) / cell),
            bounds=((low[0], low[1], low[2]), (high[0], high[1], high[2])),
            seeds=scan.points,
            options=_EXTRACTION,
        )
    except EmptySurface as problem:
        raise EmptySurface(f"{source}: its points show no surface ({problem})") from None
    seen = seen_part(mesh, scan.points, np.maximum(spacing, cell), options.least_support)
    return _finished(seen, source, options, say)


def seen_of_solid(
    mesh: Mesh, points: NDArray[np.float64], source: str, options: ReconstructOptions, say: Callable[[str], None]
) -> Mesh:
    """What of a solid was seen from points (N, 3), both in the unit cube; say and errors are as of `open_mesh`."""
    spacing = OpenScan(points, None, None, None).spacing()
    spacing = np.maximum(spacing, PADDED_EDGE / options.resolution)
    return _finished(seen_part(mesh, points, spacing, options.least_support), source, options, say)


def _finished(seen: Mesh, source: str, options: ReconstructOptions, say: Callable[[str], None]) -> Mesh:
    if options.refine:
        raise OccnetError(
            f"{source}: its surface is open, and --refine is for closed ones; leave it out, or add --surface solid."
        )
    if not len(seen.faces):
        raise EmptySurface(f"{source}: no surface was found near its points; try --surface solid.")
    if options.faces is None or len(seen.faces) <= options.faces:
        return seen
    announce("simplify")
    try:
        few = simplify_open(seen, options.faces)
    except MeshError as problem:
        raise MeshError(f"{source}: {problem}") from problem
    say(f"simplified from {len(seen.faces):,} to {len(few.faces):,} faces")
    return few
