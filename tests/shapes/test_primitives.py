"""Each primitive has the volume and the surface that mathematics says, wherever it is placed and however it is turned."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from occnet.shapes.families.profiles import gear, radial, regular_polygon
from occnet.shapes.parts import (
    Part,
    PlacedShape,
    Shape,
    Solid,
    blob,
    box,
    capsule,
    cylinder,
    ellipsoid,
    extrusion,
    revolution,
    terrain,
    torus,
    tube,
)
from occnet.shapes.shape_layout import ShapeLayout
from occnet.shapes.surface import sample_surface

TURNED = Rotation.from_euler("xyz", [0.4, 1.1, -0.7]).as_matrix()
CENTER = np.array([0.05, -0.03, 0.02])
STAR = 0.3 * radial(np.array([1.0, 0.5] * 5))
CIRCLE = 2.0 * np.pi * np.arange(97) / 96
HILLS = np.array([[2 * np.pi / 0.6, 0.0, 0.3, 0.05], [2 * np.pi / 0.3, 2 * np.pi / 0.8, 1.0, 0.03]])


def ball(radius: float) -> float:
    return 4.0 / 3.0 * math.pi * radius**3


def polygon_area(corners: np.ndarray) -> float:
    x, z = corners.T
    return 0.5 * float(np.abs((x * np.roll(z, -1) - z * np.roll(x, -1)).sum()))


# name: part, volume, area (None where it has no closed form)
SOLIDS: dict[str, tuple[Part, float, float | None]] = {
    "box": (box(CENTER, [0.5, 0.7, 0.3], rotation=TURNED), 0.105, 2 * (0.35 + 0.15 + 0.21)),
    "rounded box": (
        box(CENTER, [0.5, 0.7, 0.3], 0.1, TURNED),
        # Steiner's formula for the inner box 0.3 x 0.5 x 0.1 grown by 0.1.
        0.015 + 0.1 * 2 * (0.15 + 0.03 + 0.05) + math.pi * 0.01 * 0.9 + ball(0.1),
        2 * (0.15 + 0.03 + 0.05) + 2 * math.pi * 0.1 * 0.9 + 4 * math.pi * 0.01,
    ),
    "cylinder": (cylinder(CENTER, 0.25, 0.6, rotation=TURNED), math.pi * 0.0625 * 0.6, math.pi * (0.3 + 0.125)),
    "frustum": (
        cylinder(CENTER, 0.3, 0.6, 0.1, TURNED),
        math.pi * 0.6 / 3 * (0.09 + 0.03 + 0.01),
        math.pi * (0.4 * math.hypot(0.6, 0.2) + 0.1),
    ),
    "cone": (cylinder(CENTER, 0.3, 0.6, 0.0, TURNED), math.pi * 0.018, math.pi * (0.3 * math.hypot(0.6, 0.3) + 0.09)),
    "capsule": (
        capsule([-0.2, 0.1, 0.0], [0.2, -0.2, 0.1], 0.15),
        math.pi * 0.0225 * math.sqrt(0.26) + ball(0.15),
        math.pi * 0.3 * math.sqrt(0.26) + 4 * math.pi * 0.0225,
    ),
    "ellipsoid": (ellipsoid(CENTER, [0.4, 0.2, 0.3], TURNED), 4 / 3 * math.pi * 0.024, None),
    "sphere": (ellipsoid(CENTER, [0.35] * 3, TURNED), ball(0.35), 4 * math.pi * 0.1225),
    "ring": (torus(CENTER, 0.3, 0.1, rotation=TURNED), 2 * math.pi**2 * 0.003, 4 * math.pi**2 * 0.03),
    "arc": (
        torus(CENTER, 0.3, 0.1, 1.2, TURNED),
        2.4 * 0.3 * math.pi * 0.01 + ball(0.1),
        2.4 * 0.3 * 2 * math.pi * 0.1 + 4 * math.pi * 0.01,
    ),
    "star": (extrusion(CENTER, STAR, 0.5, rotation=TURNED), 0.5 * polygon_area(STAR), None),
    "gear": (extrusion(CENTER, 0.4 * gear(9, 0.2), 0.3), 0.3 * polygon_area(0.4 * gear(9, 0.2)), None),
    "pyramid": (
        extrusion(CENTER, 0.4 * regular_polygon(4), 0.6, 0.0, TURNED),
        0.32 * 0.2,
        0.32 + 2 * math.sqrt(0.32) * math.hypot(0.6, 0.2 * math.sqrt(2)),
    ),
    "widening": (
        extrusion(CENTER, 0.2 * regular_polygon(6, 0.1), 0.5, 1.8),
        polygon_area(0.2 * regular_polygon(6)) * 0.5 * (1 + 1.8 + 3.24) / 3,
        None,
    ),
    "revolution": (
        revolution(CENTER, [[-0.3, 0.1], [0.0, 0.3], [0.2, 0.05], [0.3, 0.2]], TURNED),
        math.pi / 3 * (0.3 * (0.01 + 0.03 + 0.09) + 0.2 * (0.09 + 0.015 + 0.0025) + 0.1 * (0.0025 + 0.01 + 0.04)),
        math.pi * (0.4 * math.hypot(0.3, 0.2) + 0.35 * math.hypot(0.2, 0.25) + 0.25 * math.hypot(0.1, 0.15) + 0.01 + 0.04),
    ),
    "tube": (
        # A polygon of 96 sides comes within 0.1 % of the ring.
        tube(np.stack([0.3 * np.cos(CIRCLE), 0.3 * np.sin(CIRCLE), 0 * CIRCLE], axis=1), 0.08),
        2 * math.pi**2 * 0.3 * 0.0064,
        4 * math.pi**2 * 0.024,
    ),
    "terrain": (terrain([0, 0, 0], 0.3, 0.4, 0.2, HILLS), 0.6 * 0.8 * 0.2, None),  # whole waves add no volume
    "blob": (blob([[0.1, 0.0, 0.1]], [[0.2, 0.3, 0.25]], 0.05), 4 / 3 * math.pi * 0.015, None),
    "two blobs": (blob([[-0.25, 0, 0], [0.25, 0, 0]], [[0.1] * 3, [0.2] * 3], 0.002), ball(0.1) + ball(0.2), 0.2 * math.pi),
}


def layout_of(part: Part) -> ShapeLayout:
    return ShapeLayout([PlacedShape(Shape("part", [Solid([part])]), np.zeros(3), 1.0)], torch.device("cpu"))


def volume(layout: ShapeLayout, side: int = 110) -> float:
    """Volume within [-0.6, 0.6]^3 from one random point in every cell of a grid: far less noise than free points."""
    generator = torch.Generator().manual_seed(0)
    axis = torch.arange(side, dtype=torch.float32)
    cells = torch.cartesian_prod(axis, axis, axis)
    points = (cells + torch.rand(cells.shape, generator=generator)) * (1.2 / side) - 0.6
    return float((layout.value(points.unsqueeze(0)) > 0.0).double().mean()) * 1.2**3


@pytest.fixture(scope="module")
def surfaces() -> dict[str, tuple[Tensor, Tensor]]:
    return {name: sample_surface(layout_of(part), 40_000, [3]) for name, (part, _, _) in SOLIDS.items()}


@pytest.mark.parametrize("name", SOLIDS)
def test_volume_is_the_closed_form(name: str) -> None:
    part, expected, _ = SOLIDS[name]
    assert volume(layout_of(part)) == pytest.approx(expected, rel=3e-3)


@pytest.mark.parametrize("name", SOLIDS)
def test_surface_changes_sides_along_the_normal(name: str, surfaces: dict[str, tuple[Tensor, Tensor]]) -> None:
    points, normals = surfaces[name]
    layout = layout_of(SOLIDS[name][0])
    assert normals.norm(dim=-1) == pytest.approx(1.0, abs=1e-5)
    # Steps far below those of the sampler's own check: the points lie on the surface, not just near it.
    assert (layout.value(points - 5e-6 * normals) > 0.0).double().mean() > 0.999
    assert (layout.value(points + 5e-6 * normals) <= 0.0).double().mean() > 0.999


@pytest.mark.parametrize("name", SOLIDS)
def test_surface_is_uniform_by_area(name: str, surfaces: dict[str, tuple[Tensor, Tensor]]) -> None:
    """On a closed surface of area A around a volume V the divergence theorem gives mean(n) = 0 and mean(p n^T) = V / A."""
    points, normals = (array[0].double() for array in surfaces[name])
    _, inside, area = SOLIDS[name]
    error = 5.0 / math.sqrt(len(points))  # five standard deviations of a unit variable
    assert normals.mean(dim=0).abs().max() < error
    moments = points.T @ normals / len(points)
    spread = float((points.norm(dim=1).square().mean()).sqrt())
    even = moments.trace() / 3.0
    assert (moments - even * torch.eye(3)).abs().max() < error * spread
    if area is not None:
        assert float(even) == pytest.approx(inside / area, rel=0.02)


def test_sphere_is_uniform_by_chi_square(surfaces: dict[str, tuple[Tensor, Tensor]]) -> None:
    points, _ = surfaces["sphere"]
    heights = ((points[0] - torch.tensor(CENTER, dtype=torch.float32)) / 0.35).double()  # uniform on [-1, 1], says Archimedes
    for axis in range(3):
        counts = torch.histc(heights[:, axis], bins=50, min=-1.0, max=1.0)
        expected = len(heights) / 50
        assert float(((counts - expected).square() / expected).sum()) < 49 + 5 * math.sqrt(2 * 49)


def test_box_faces_get_points_by_their_area(surfaces: dict[str, tuple[Tensor, Tensor]]) -> None:
    _, normals = surfaces["box"]
    local = (normals[0].double() @ torch.tensor(TURNED)).round()
    sides = torch.stack([sign * unit for unit in torch.eye(3, dtype=torch.float64) for sign in (-1, 1)])
    shares = (local[:, None] == sides).all(dim=2).double().mean(dim=0)
    expected = torch.tensor([0.21, 0.21, 0.15, 0.15, 0.35, 0.35], dtype=torch.float64) / 1.42
    assert (shares - expected).abs().max() < 5.0 * math.sqrt(0.25 * 0.75 / 40_000)


def test_a_polygon_that_is_not_star_shaped_is_refused() -> None:
    with pytest.raises(AssertionError, match="star-shaped"):
        extrusion([0, 0, 0], [[1.0, 0.0], [2.0, 1.0], [3.0, 0.0], [2.0, 2.0]], 1.0)
