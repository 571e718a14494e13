"""A ground of its own, as a solid: a flat slab under what was seen of it."""

from __future__ import annotations

import manifold3d
import numpy as np
from numpy.typing import NDArray

from occnet.geometry.ground.footprint import Footprint, hull_area
from occnet.geometry.ground.ground import Ground
from occnet.mesh import Mesh

_DEPTH = 0.02  # of the longest extent
_CONVEX = 0.9  # of the area of its hull, from which on a ground is taken for convex: it then has straight edges and corners
_ROUND = 8  # corners of a full circle where an outline is rounded


def slab_depth(ground: Ground) -> float:
    """How deep the slab is, in the scan's unit: 2 % of its longest extent, and deeper than its points are noisy."""
    return max(_DEPTH * float(np.ptp(ground.footprint.middles, axis=0).max()), 2.0 * ground.tolerance)


def slab_of(points: NDArray[np.float64], ground: Ground) -> Mesh:
    """The closed slab whose top is the ground, as far as its points (N, 3) lie, without holes; see `slab_depth`.

    Where a ground fills its convex hull, that is its outline; else it follows the cells in which points lie.
    """
    flat = ground.plane.flat(points)
    sections = [_outline(piece, flat[piece.holds(flat)]) for piece in ground.footprint.pieces(0.0)]
    whole = manifold3d.CrossSection.batch_boolean(sections, manifold3d.OpType.Add)
    depth = slab_depth(ground)
    solid = manifold3d.Manifold.extrude(whole, depth).to_mesh64()
    corners = solid.vert_properties[:, :3]
    return Mesh(ground.plane.raised(corners[:, :2], corners[:, 2] - depth), solid.tri_verts.astype(np.int64))


def _outline(piece: Footprint, flat: NDArray[np.float64]) -> manifold3d.CrossSection:
    if piece.area >= _CONVEX * hull_area(piece.middles) and hull_area(flat) > 0.0:
        return manifold3d.CrossSection.hull_points(flat)
    runs = [_run(piece, row) for row in range(len(piece.cells))]
    cells = manifold3d.CrossSection.batch_boolean([part for row in runs for part in row], manifold3d.OpType.Add)
    edge, joins = piece.edge, manifold3d.JoinType.Round
    rounded = cells.offset(edge, joins, 2.0, _ROUND).offset(-2.5 * edge, joins, 2.0, _ROUND).offset(edge, joins, 2.0, _ROUND)
    smooth = rounded.simplify(0.5 * edge)
    return cells if smooth.is_empty() else smooth


def _run(piece: Footprint, row: int) -> list[manifold3d.CrossSection]:
    """The rectangles of neighbouring cells of one row."""
    steps = np.diff(np.concatenate([[0], piece.cells[row].astype(np.int8), [0]]))
    begins, ends = np.flatnonzero(steps > 0), np.flatnonzero(steps < 0)
    return [
        manifold3d.CrossSection.square((piece.edge, piece.edge * (end - begin))).translate(
            tuple(piece.low + piece.edge * np.array([row, begin]))
        )
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
