"""Whether a repaired mesh has the inside that the winding number of the broken one tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.inside import InsideTest, is_inside
from occnet.geometry.sampling import sample_surface, sample_volume
from occnet.mesh import Mesh
from occnet.metrics import volume_iou

_COMPARED, _BESIDE = 4096, 1e-4  # points, and how far beside a face, at which a union is compared with the winding number


def has_inside(whole: Mesh, test: InsideTest, least: float = 0.999) -> bool:
    """Whether a mesh has the inside that the test tells, at points anywhere and beside the faces of both.

    least: share of the points at which both must say the same. test: of a mesh in the unit cube.
    """
    generator = np.random.default_rng(0)
    points = [sample_volume(_COMPARED, generator)]
    for mesh in (whole, test.mesh):
        surface, normals, _ = sample_surface(mesh, _COMPARED, generator)
        points += [surface + _BESIDE * normals, surface - _BESIDE * normals]
    places = np.concatenate(points)
    return bool((is_inside(whole, places) == test.inside(places)).mean() >= least)


def iou_near(surface: NDArray, cell: float, extracted: Mesh, test: InsideTest) -> float:
    """The IoU of an extracted mesh with the solid that it was made from, at points within about a cell of the surface."""
    points = surface + 0.5 * cell * np.random.default_rng(0).standard_normal(surface.shape)
    return float(volume_iou(is_inside(extracted, points), test.inside(points)))
