"""The endless series: reproducible, tight in its cube, never degenerate, exact on every surface, with holes and thin walls."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from occnet.field import Field
from occnet.shapes import ShapeBatch, sample_shapes
from occnet.shapes.families import GROUPS
from occnet.shapes.families.seats import stool
from occnet.shapes.families.tools import bracket, cogwheel
from occnet.shapes.families.vessels import bowl, mug
from occnet.shapes.families.walls import WALLS, bend, pipe
from occnet.shapes.parts import PlacedShape, Shape, Solid, box, cylinder, extrusion, sphere, torus
from occnet.shapes.placing import place, placed_shapes
from occnet.shapes.shape_layout import ShapeLayout
from occnet.shapes.surface import share_on_surface

COUNT = 80


@pytest.fixture(scope="module")
def series() -> ShapeBatch:
    return sample_shapes(COUNT, seed=11)


@pytest.fixture(scope="module")
def surfaces(series: ShapeBatch) -> tuple[Tensor, Tensor]:
    return series.surface(4_000, seed=1)


def test_every_shape_is_solid_and_fits_the_cube(series: ShapeBatch, surfaces: tuple[Tensor, Tensor]) -> None:
    points = torch.rand(COUNT, 5_000, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    share = series.occupancy(points).double().mean(dim=1)
    assert share.min() > 0.001
    assert share.max() < 0.9
    reach = surfaces[0].abs().amax(dim=(1, 2))
    assert reach.max() < 0.501
    assert max(_rims(series)) < 2e-3
    outside = torch.rand(COUNT, 2_000, 3, generator=torch.Generator().manual_seed(1)) * 1.4 - 0.7
    beyond = outside.abs().amax(dim=2) > 0.501
    assert not (series.occupancy(outside) & beyond).any()


def _rims(series: ShapeBatch, every: int = 10) -> list[float]:
    """How far each shape stays away from the cube's faces along its longest axis, climbing from its outermost points."""
    gaps = []
    for index in range(0, COUNT, every):
        points = ShapeBatch([series.placed[index]]).surface(8_000, seed=2)[0][0]  # thin corners are hit rarely
        field, reach = series.field(index), []
        for axis in range(3):
            starts = points[points[:, axis].argmax()], points[points[:, axis].argmin()]
            reach.append(min(_climb(field, start, axis, sign) for start, sign in zip(starts, (1.0, -1.0), strict=True)))
        gaps.append(0.5 - max(reach))
    return gaps


def _climb(field: Field, start: Tensor, axis: int, sign: float) -> float:
    generator = torch.Generator().manual_seed(9)
    best = start.clone()
    for _ in range(12):
        steps = torch.randn(400, 3, generator=generator) * 10.0 ** (-4.5 + 3.5 * torch.rand(400, 1, generator=generator))
        tries = torch.cat([best[None], best + steps])
        height = torch.where(field(tries) > 0.0, sign * tries[:, axis], -torch.inf)
        height[0] = sign * best[axis]
        best = tries[height.argmax()]
    return float(sign * best[axis])


def test_surface_points_separate_inside_from_outside(series: ShapeBatch, surfaces: tuple[Tensor, Tensor]) -> None:
    points, normals = surfaces
    behind, before = series.occupancy(points - 1e-4 * normals), series.occupancy(points + 1e-4 * normals)
    exact = (behind & ~before).double().mean(dim=1)
    assert exact.min() >= 0.995, series.names[int(exact.argmin())]


def test_surface_is_uniform_on_every_shape(surfaces: tuple[Tensor, Tensor]) -> None:
    """The divergence theorem: the mean normal of a closed surface is 0, and the mean of p n^T is a multiple of the identity."""
    points, normals = (array.double() for array in surfaces)
    error = 6.0 / math.sqrt(points.shape[1])
    assert normals.mean(dim=1).norm(dim=1).max() < error
    moments = torch.einsum("bni,bnj->bij", points, normals) / points.shape[1]
    even = moments.diagonal(dim1=1, dim2=2).mean(dim=1)
    assert (even > 0.0).all()
    assert (moments - even[:, None, None] * torch.eye(3)).abs().max() < 0.5 * error


def test_shapes_do_not_depend_on_the_batch(series: ShapeBatch, surfaces: tuple[Tensor, Tensor]) -> None:
    points = torch.rand(7, 5_000, 3, generator=torch.Generator().manual_seed(3)) - 0.5
    again = sample_shapes(7, seed=11, first=23)
    assert again.names == series.names[23:30]
    assert [p.scale for p in again.placed] == [p.scale for p in series.placed[23:30]]
    assert torch.equal(again.occupancy(points), ShapeBatch(series.placed[23:30]).occupancy(points))
    assert torch.equal(again.surface(4_000, seed=1)[0], surfaces[0][23:30])
    other = sample_shapes(7, seed=12, first=23)
    assert [p.scale for p in other.placed] != [p.scale for p in again.placed]


def test_side_by_side_equals_one_by_one(series: ShapeBatch) -> None:
    """The layout for accelerators, many shapes in one layout, against one shape at a time."""
    placed = series.placed[:40]
    alone, together = ShapeBatch(placed), ShapeBatch(placed, at_once=16)
    points = torch.rand(40, 3_000, 3, generator=torch.Generator().manual_seed(5)) - 0.5
    assert (alone.occupancy(points) == together.occupancy(points)).double().mean() > 0.9999
    for one, other in zip(alone.surface(500, seed=2), together.surface(500, seed=2), strict=True):
        close = (one - other).abs().amax(dim=2) < 1e-4
        assert close.double().mean() > 0.99


def test_field_agrees_with_occupancy(series: ShapeBatch) -> None:
    points = torch.rand(COUNT, 500, 3, generator=torch.Generator().manual_seed(6)) - 0.5
    inside = series.occupancy(points)
    for index in range(0, COUNT, 10):
        assert torch.equal(series.field(index)(points[index]) > 0.0, inside[index])


def test_every_family_makes_good_shapes() -> None:
    for _, families in GROUPS:
        for family in families:
            for seed in range(3):
                shape = family(np.random.default_rng(seed))
                (placed,) = place([shape], [torch.Generator().manual_seed(0)])
                if placed is None:
                    continue
                points, normals = ShapeBatch([placed]).surface(200, seed=0)
                assert torch.isfinite(points).all()
                assert torch.isfinite(normals).all()
                break
            else:
                pytest.fail(f"{family.__name__} made nothing but degenerate shapes")


def test_a_crumb_of_large_parts_is_drawn_anew() -> None:
    large = box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    halves = Solid([large], cuts=[box([0.52, 0.0, 0.0], [1.0, 2.0, 2.0])])  # 0.52 of the box stays
    crumb = Solid([large], keeps=[sphere([0.5, 0.5, 0.5], 0.03)])  # an eighth of a ball, half of its own cube
    for solid, stays in ((halves, True), (crumb, False)):
        (placed,) = place([Shape("test", [solid])], [torch.Generator().manual_seed(0)])
        assert (placed is not None) is stays
    (drawn,) = placed_shapes([1244433547588], seed=0, tight=False)  # its first draw was a crumb 0.04 long, of parts 3 long
    layout = ShapeLayout([drawn], torch.device("cpu"))
    assert float(share_on_surface(layout, torch.Generator().manual_seed(0))) > 0.005


def test_booleans_follow_their_definition() -> None:
    solids = [
        Solid([box([0, 0, 0], [0.6, 0.4, 0.4]), sphere([0.3, 0, 0], 0.25)], cuts=[cylinder([0, 0, 0], 0.1, 1.0)]),
        Solid([torus([0, 0.2, 0], 0.3, 0.08)], keeps=[box([0, 0.2, 0.3], [1.0, 1.0, 0.6])]),
    ]
    placed = PlacedShape(Shape("test", solids), np.zeros(3), 1.0)
    points = torch.rand(1, 50_000, 3, generator=torch.Generator().manual_seed(7)) - 0.5
    x, y, z = points[0].double().unbind(-1)
    layout = (x.abs() < 0.3) & (y.abs() < 0.2) & (z.abs() < 0.2)
    knob = (x - 0.3) ** 2 + y**2 + z**2 < 0.0625
    ring = (torch.hypot(torch.hypot(x, z) - 0.3, y - 0.2) < 0.08) & (z > 0.0)
    expected = ((layout | knob) & ~(torch.hypot(x, z) < 0.1)) | ring
    assert (ShapeBatch([placed]).occupancy(points)[0] == expected).double().mean() > 0.9999


def test_a_part_that_two_solids_share_counts_once() -> None:
    """Two half boxes cut to one ball, and a cube beside it: were the ball laid out twice, its points would be too dense."""
    rim = sphere([0, 0, 0], 0.3)
    halves = [Solid([box([side * 0.25, 0, 0], [0.5, 1, 1])], keeps=[rim]) for side in (-1, 1)]
    placed = PlacedShape(Shape("test", [*halves, Solid([box([0, 0.4, 0], [0.1, 0.1, 0.1])])]), np.zeros(3), 1.0)
    points = torch.rand(2, 20_000, 3, generator=torch.Generator().manual_seed(8)) - 0.5
    cube = ((points - torch.tensor([0.0, 0.4, 0.0])).abs() < 0.05).all(dim=2)
    twice = ShapeBatch([placed, placed], at_once=2)
    assert (twice.occupancy(points) == ((points.norm(dim=2) < 0.3) | cube)).double().mean() > 0.9999
    on_cube = (twice.surface(40_000, seed=0)[0].norm(dim=2) > 0.301).double().mean()
    assert float(on_cube) == pytest.approx(0.06 / (0.06 + 0.36 * math.pi), rel=0.07)


def test_sheets_inside_a_union_are_no_surface() -> None:
    """Two boxes that share a face make one box: no point on the shared face, and the area of the whole."""
    halves = [box([-0.25, 0, 0], [0.5, 0.6, 0.6]), box([0.25, 0, 0], [0.5, 0.6, 0.6]), sphere([0, 0, 0], 0.2)]
    points, _ = ShapeBatch([PlacedShape(Shape("test", [Solid(halves)]), np.zeros(3), 1.0)]).surface(20_000, seed=0)
    from_surface = torch.minimum(0.5 - points[0, :, 0].abs(), (0.3 - points[0, :, 1:].abs()).amin(dim=1)).abs()
    assert from_surface.max() < 1e-5
    ends = (points[0, :, 0].abs() > 0.49999).double().mean()
    assert float(ends) == pytest.approx(0.72 / (0.72 + 2.4), abs=0.017)


def euler_number(batch: ShapeBatch, side: int) -> int:
    """The Euler number of the union of the occupied cells of a grid: components - tunnels + cavities."""
    axis = (torch.arange(side, dtype=torch.float32) + 0.5) / side * 1.04 - 0.52
    occupied = batch.occupancy(torch.cartesian_prod(axis, axis, axis)[None])[0].view(side, side, side).numpy()
    padded, total = np.pad(occupied, 1), 0
    for kept in np.ndindex(2, 2, 2):  # along each axis a cell of the complex is a span (0) or a point between two cells (1)
        cells = padded
        for dim, between in enumerate(kept):
            if between:
                count = cells.shape[dim] - 1
                first, second = cells.take(range(count), dim), cells.take(range(1, count + 1), dim)
                cells = first | second
        total += (-1) ** (3 - sum(kept)) * int(cells.sum())
    return total


def solid_of(*solids: Solid) -> ShapeBatch:
    return ShapeBatch([PlacedShape(Shape("test", solids), np.zeros(3), 1.0)])


def test_handles_and_holes_have_their_euler_number() -> None:
    assert euler_number(solid_of(Solid([sphere([0, 0, 0], 0.4)])), 48) == 1
    assert euler_number(solid_of(Solid([torus([0, 0, 0], 0.3, 0.1)])), 48) == 0
    assert euler_number(solid_of(Solid([sphere([0, 0, 0], 0.4)], cuts=[sphere([0, 0, 0], 0.3)])), 48) == 2
    generator = torch.Generator().manual_seed(0)
    for family, expected in ((mug, {0, -1}), (bowl, {1}), (cogwheel, set(range(-7, 2))), (bracket, set(range(-4, 0)))):
        for seed in range(4):
            (placed,) = place([family(np.random.default_rng(seed))], [generator])
            if placed is not None:
                assert euler_number(ShapeBatch([placed]), 144) in expected, (family.__name__, seed)


def test_a_stool_with_a_ring_has_as_many_holes_as_legs() -> None:
    (placed,) = place([stool(np.random.default_rng(2))], [torch.Generator().manual_seed(0)])
    assert placed is not None
    legs = len(placed.shape.solids[0].parts) - 2
    # The ring through the legs closes one hole itself, and one between each pair of neighbouring legs above it.
    assert euler_number(ShapeBatch([placed]), 160) == 1 - legs


def test_walls_of_a_hundredth_occur(series: ShapeBatch, surfaces: tuple[Tensor, Tensor]) -> None:
    """Walk inward from surface points until the solid ends: the thinnest tenth of each shape is its wall."""
    points, normals = surfaces
    depths = torch.linspace(0.001, 0.06, 60)
    chosen = slice(0, 100)
    walk = points[:, chosen, None] - depths[:, None] * normals[:, chosen, None]
    inside = series.occupancy(walk.flatten(1, 2)).view(COUNT, 100, 60)
    thickness = torch.where(inside.all(dim=2), 1.0, depths[inside.int().argmin(dim=2)])
    typical = thickness.quantile(0.1, dim=1)
    assert ((typical > 0.005) & (typical < 0.015)).sum() >= COUNT // 40
    assert (typical < 0.03).sum() >= COUNT // 5


def test_pipes_and_bends_are_empty_from_end_to_end() -> None:
    """Along the middle of a pipe all is empty but its floor, where it has one; on the way outward there is a wall."""
    floors = 0
    for seed in range(20):
        shape = pipe(np.random.default_rng(seed))
        plain = ShapeBatch([PlacedShape(Shape("pipe", shape.solids), np.zeros(3), 1.0)])
        height = 2.0 * shape.solids[0].parts[0].size[0]
        middle = torch.linspace(0.001, 0.999, 200) * height
        inside = plain.occupancy(torch.stack([0 * middle, middle, 0 * middle], dim=1)[None])[0]
        floors += bool(inside[0])
        assert (inside[1:].int().diff() <= 0).all()
        assert inside.double().mean() < 0.5
        start = shape.solids[0].parts[0].table[1, :2]
        out = torch.linspace(0.0, 1.6, 3000)[:, None] * torch.tensor(start, dtype=torch.float32)  # it may widen upward
        across = torch.stack([out[:, 0], torch.full((3000,), 0.9 * height), out[:, 1]], dim=1)
        assert plain.occupancy(across[None]).any()
    assert 3 <= floors <= 17
    for seed in range(10):
        solid = bend(np.random.default_rng(seed)).solids[0]
        path = torch.tensor(solid.parts[0].table, dtype=torch.float32)
        along = torch.cat([torch.lerp(path[:-1], path[1:], share) for share in torch.linspace(0.0, 1.0, 9).tolist()])
        assert not solid_of(solid).occupancy(along[None]).any()


def test_thin_walls_are_frequent_among_the_open_ones() -> None:
    """In two of three shapes the typical wall has 0.4 to 9 % of the longest edge, in many less than 4 %."""
    for family in sorted({family.__name__ for family in WALLS}):
        batch = sample_shapes(12, seed=3, family=family, tight=False)
        points, normals = batch.surface(300, seed=0)
        depths = torch.linspace(0.001, 0.1, 100)
        inside = batch.occupancy((points[:, :, None] - depths[:, None] * normals[:, :, None]).flatten(1, 2))
        inside = inside.view(12, 300, 100)
        wall = torch.where(inside.all(dim=2), 1.0, depths[inside.int().argmin(dim=2)]).median(dim=1).values
        assert ((wall > 0.004) & (wall < 0.09)).sum() >= 8, family
        assert (wall < 0.04).sum() >= 5, family


def test_a_thin_flange_beside_a_wall_of_many_faces_sets_the_box() -> None:
    """The 48 faces are most of the surface's patches, but the disk, which few points hit, reaches farther."""
    corners = np.stack([np.cos(np.arange(48) * np.pi / 24), np.sin(np.arange(48) * np.pi / 24)], axis=1)
    parts = [extrusion([0, 0.4, 0], 0.4 * corners, 0.8), cylinder([0, 0.1, 0], 0.42, 0.016)]
    cuts = [extrusion([0, 0.4, 0], 0.39 * corners, 1.0)]
    shape = Shape("flanged", [Solid(parts, cuts=cuts)])
    for seed in range(5):
        (placed,) = place([shape], [torch.Generator().manual_seed(seed)])
        assert placed is not None
        assert placed.scale == pytest.approx(0.84, abs=2e-4)
        assert placed.center == pytest.approx([0.0, 0.4, 0.0], abs=2e-4)


def test_a_family_has_a_series_of_its_own(series: ShapeBatch) -> None:
    cars, again = sample_shapes(3, seed=11, family="car"), sample_shapes(1, seed=11, first=2, family="car")
    assert cars.names == ["car"] * 3
    points = torch.rand(1, 4096, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    inside = cars.occupancy(points.expand(3, -1, -1))
    assert torch.equal(inside[2:], again.occupancy(points))
    assert not torch.equal(inside[0], inside[1])
    assert len(set(series.names)) > 10  # the mixed series stays what it was


def test_bad_requests_are_refused(series: ShapeBatch) -> None:
    with pytest.raises(ValueError, match="no family 'cars'; the families are: airplane, animal, "):
        sample_shapes(1, seed=0, family="cars")
    with pytest.raises(ValueError, match="count must be at least 1"):
        sample_shapes(0, seed=0)
    with pytest.raises(ValueError, match="points must have shape"):
        series.occupancy(torch.zeros(3, 10, 3))
