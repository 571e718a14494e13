"""Deformations have exact inverses, keep or change volumes as their formulas say, and carry normals along."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from occnet.shapes.deformation import KINDS, Deformation, Kind, forward, forward_with_normals, inverse
from occnet.shapes.parts import PlacedShape, Shape, Solid, box
from occnet.shapes.shape_layout import ShapeLayout
from occnet.shapes.surface import sample_surface

AMOUNTS: dict[Kind, float] = {"twist": 2.0, "taper": 0.7, "bend": -0.9}


def bar(*deformations: Deformation, edges: tuple[float, float, float] = (0.3, 0.8, 0.2)) -> ShapeLayout:
    shape = Shape("bar", [Solid([box([0, 0, 0], edges)])], deformations)
    return ShapeLayout([PlacedShape(shape, np.zeros(3), 1.0)], torch.device("cpu"))


def volume(layout: ShapeLayout, side: int = 120) -> float:
    generator = torch.Generator().manual_seed(0)
    axis = torch.arange(side, dtype=torch.float32)
    cells = torch.cartesian_prod(axis, axis, axis)
    points = (cells + torch.rand(cells.shape, generator=generator)) * (1.2 / side) - 0.6
    return float((layout.value(points.unsqueeze(0)) > 0.0).double().mean()) * 1.2**3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_inverse_undoes_forward(kind: Kind, sign: float) -> None:
    amount = torch.tensor(sign * AMOUNTS[kind], dtype=torch.float64)
    x, y, z = (torch.rand(3, 1000, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.5).unbind(0)
    for back, there in zip(inverse(kind, amount, forward(kind, amount, (x, y, z))), (x, y, z), strict=True):
        assert (back - there).abs().max() < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_normals_and_area_follow_the_jacobian(kind: Kind) -> None:
    """Against cofactors of the Jacobian by automatic differentiation, point by point."""
    generator = torch.Generator().manual_seed(2)
    points = torch.rand(20, 3, generator=generator, dtype=torch.float64) - 0.5
    normals = torch.nn.functional.normalize(torch.randn(20, 3, generator=generator, dtype=torch.float64), dim=1)
    amount = torch.tensor(AMOUNTS[kind], dtype=torch.float64)
    placed, turned, growth = forward_with_normals(kind, amount, points, normals)
    for index in range(20):

        def move(point: torch.Tensor) -> torch.Tensor:
            x, y, z = point
            return torch.stack(forward(kind, amount, (x, y, z)))

        jacobian = torch.autograd.functional.jacobian(move, points[index])
        assert isinstance(jacobian, torch.Tensor)
        stretched = torch.linalg.det(jacobian) * torch.linalg.inv(jacobian).T @ normals[index]
        assert torch.allclose(placed[index], move(points[index]))
        assert torch.allclose(growth[index], stretched.norm())
        assert torch.allclose(turned[index], stretched / stretched.norm())


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_twist_keeps_the_volume(axis: int) -> None:
    edges = tuple(np.roll((0.3, 0.8, 0.2), axis - 1))
    assert volume(bar(Deformation("twist", 3.0, axis), edges=edges)) == pytest.approx(0.048, rel=4e-3)


def test_taper_scales_each_section() -> None:
    """The integral of 0.06 (1 + t y)^2 over the bar's height."""
    t, half = 0.9, 0.4
    expected = 0.06 * ((1 + t * half) ** 3 - (1 - t * half) ** 3) / (3 * t)
    assert volume(bar(Deformation("taper", t))) == pytest.approx(expected, rel=4e-3)


def test_bend_keeps_the_volume_of_a_bar_about_its_axis() -> None:
    """Pappus: the section's centroid travels the length of the axis."""
    assert volume(bar(Deformation("bend", 2.0))) == pytest.approx(0.048, rel=4e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_deformed_surface_is_exact_and_uniform(kind: Kind) -> None:
    layout = bar(Deformation(kind, 1.5 * AMOUNTS[kind]), Deformation("twist", 1.0, 2))
    points, normals = sample_surface(layout, 40_000, [5])
    assert (layout.value(points - 1e-5 * normals) > 0.0).double().mean() > 0.998
    assert (layout.value(points + 1e-5 * normals) <= 0.0).double().mean() > 0.998
    # The divergence theorem again: a sampling that ignored the growth of area would miss it.
    error = 5.0 / math.sqrt(40_000)
    moments = points[0].double().T @ normals[0].double() / 40_000
    assert normals[0].double().mean(dim=0).abs().max() < error
    assert (moments - moments.trace() / 3.0 * torch.eye(3)).abs().max() < 0.5 * error


def test_two_deformations_act_in_order() -> None:
    first, second = Deformation("taper", 0.8, 1), Deformation("bend", 1.2, 0)
    points = torch.rand(1, 20_000, 3, generator=torch.Generator().manual_seed(4)) * 1.2 - 0.6
    one, other = bar(first, second).value(points) > 0.0, bar(second, first).value(points) > 0.0
    assert bool((one != other).any())
    # By hand: undo the last one first. The bend runs along x, so coordinates roll by one.
    x, y, z = points.roll(1, dims=2).unbind(-1)
    bent = torch.stack(inverse("bend", torch.tensor(1.2), (x, y, z)), dim=-1).roll(-1, dims=2)
    x, y, z = inverse("taper", torch.tensor(0.8), bent.unbind(-1))  # pyright: ignore[reportArgumentType]
    by_hand = (x.abs() < 0.15) & (y.abs() < 0.4) & (z.abs() < 0.1)
    assert (one == by_hand).double().mean() > 0.9999
