"""The mesh of a photo held against the picture: in one piece where it shows one thing, in its colours, with what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, label
from torch import Tensor

from occnet.field import Field
from occnet.files.images import Pictured
from occnet.geometry.cleaning import drop_unused_vertices
from occnet.geometry.half_edges import vertex_parts
from occnet.geometry.render.picture_colours import colours_seen
from occnet.inference.picture_view import PictureView
from occnet.inference.threshold import expected_iou
from occnet.inference.whole_threshold import whole_threshold
from occnet.mesh import Mesh
from occnet.pipeline.reconstruct.photo_result import PhotoFindings, PhotoResult

_SHOWN = 0.5  # share of a piece that the picture must show
_SPECK = 0.01  # of the vertices of the largest piece: smaller ones are nothing that a picture shows
_GAP = 0.01  # share of the window by which parts of one thing may lie apart in the picture
_RASTER = 96  # cells along the window's edge in which outlines are compared, at most

Extract = Callable[[Field, float], Mesh]
"""The mesh of a field at a threshold."""


@dataclass(frozen=True)
class Threshold:
    """Where a field is to be cut."""

    probability: float
    fixed: bool  # whether a user has chosen it


def as_pictured(
    field: Field, threshold: Threshold, coarse: Tensor, view: PictureView | None, extract: Extract
) -> tuple[Mesh, float, PhotoFindings]:
    """The mesh of a field, the threshold that it is cut at, and what was found of it.

    coarse: logits of the field at uniform points, by which the IoU is expected. Where the picture shows one thing but the mesh
    is in pieces, the threshold is lowered, unless it is fixed; pieces that the picture does not show are left out. Raises
    what extract does.
    """
    level = threshold.probability
    mesh = extract(field, level)
    if view is None:
        result = PhotoResult(expected_iou(coarse, level), _pieces(mesh), 1, None, None, 0)
        return mesh, level, PhotoFindings(result, None)
    things = _things(view.pictured)
    if things == 1 and not threshold.fixed and _pieces(mesh) > 1:
        level = whole_threshold(field, level, view)
        mesh = mesh if level == threshold.probability else extract(field, level)
    mesh, dropped = _shown_pieces(mesh, view)
    result = PhotoResult(
        expected_iou=expected_iou(coarse, level),
        pieces=_pieces(mesh),
        things=things,
        outline=_common_outline(mesh, view),
        lowered_to=None if level == threshold.probability else level,
        dropped=dropped,
    )
    return mesh, level, PhotoFindings(result, colours_seen(mesh, view.pixels, view.camera, view.pictured))


def _pieces(mesh: Mesh) -> int:
    return int(vertex_parts(mesh.faces, len(mesh.vertices)).max(initial=-1)) + 1


def _things(pictured: Pictured) -> int:
    """How many parts the outline in a picture has that do not touch, nearly touching ones counting as one."""
    rounds = max(1, round(_GAP * pictured.window.edge))
    outline = np.asarray(binary_dilation(pictured.outline, iterations=rounds))
    return max(1, cast("tuple[NDArray[np.int32], int]", label(outline, np.ones((3, 3))))[1])


def _shown_pieces(mesh: Mesh, view: PictureView) -> tuple[Mesh, int]:
    """The mesh without specks and pieces beside what the picture shows, and how many these were; all stay if none is shown."""
    part = vertex_parts(mesh.faces, len(mesh.vertices))
    if not part.any():
        return mesh, 0
    sizes = np.bincount(part)
    keep = np.bincount(part, view.shown(mesh.vertices)) >= _SHOWN * sizes
    keep &= sizes >= _SPECK * sizes[keep].max(initial=0)
    if keep.all() or not keep.any():
        return mesh, 0
    kept = drop_unused_vertices(replace(mesh, faces=mesh.faces[keep[part[mesh.faces[:, 0]]]]))
    return kept, int((~keep).sum())


def _common_outline(mesh: Mesh, view: PictureView) -> float:
    """The IoU of the outline in the picture and that of the mesh's vertices in it."""
    places = view.pixels(mesh.vertices)
    steps = np.linalg.norm(places[mesh.faces[:, 0]] - places[mesh.faces[:, 1]], axis=1)
    scale = min(1.0, _RASTER / view.pictured.window.edge, 0.5 / max(float(np.quantile(steps, 0.9)), 1e-9))  # no cell is missed
    height, width = (np.array(view.pictured.outline.shape) * scale).astype(int) + 1
    drawn, seen = np.zeros((2, height, width), dtype=bool)
    for raster, marks in ((drawn, np.argwhere(view.pictured.outline)[:, ::-1] + 0.5), (seen, places)):
        column, row = np.floor(marks * scale).astype(int).T
        within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        raster[row[within], column[within]] = True
    return float((drawn & seen).sum() / max((drawn | seen).sum(), 1))
