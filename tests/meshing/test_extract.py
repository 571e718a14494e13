"""The extraction engine against exact solids, the dense grid, and fields that try to break it."""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from occnet.cube import PADDED_BOUNDS
from occnet.errors import EmptySurface
from occnet.field import Box, Complement, Gyroid, Intersection, Sphere, Torus, Union
from occnet.geometry.soundness.certificate import certify
from occnet.meshing import ExtractionOptions, ExtractionTooLarge, NumpyField, extract, extract_mesh
from occnet.meshing.lattice import Lattice
from occnet.meshing.table import CORNERS, EDGES, case_table

UNIT = ((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))
PLANE = Box((0.6, 0.5, 0.006), (0.0, 0.0, 0.0173))  # thinner than a cell of the starting grid, between two of its layers


@dataclass(frozen=True)
class Samples:
    """A field that is given at the corners of the unit cube's lattice and constant around each."""

    values: torch.Tensor

    def __call__(self, points):
        x, y, z = ((points + 0.5) * (len(self.values) - 1)).round().long().unbind(dim=1)
        return self.values[x, y, z]


def dense_triangles(field, resolution, bounds=UNIT, level=0.0):
    """All triangles of the dense grid, each corner named by its edge: evaluates every corner and visits every cell."""
    lattice = Lattice.of(bounds, resolution)
    values = np.full([count + 2 for count in lattice.corners], -np.inf)
    places = torch.cartesian_prod(*(torch.arange(count) for count in lattice.corners))
    values[1:-1, 1:-1, 1:-1] = field(lattice.positions(places).float()).double().reshape(lattice.corners).numpy() - level
    table = case_table()
    triangles = set()
    for cell in itertools.product(*(range(count - 1) for count in values.shape)):
        case = sum(1 << i for i, corner in enumerate(CORNERS) if values[tuple(corner + cell)] > 0)
        for triangle in table.triangles[case, : table.counts[case]].tolist():
            names = [(*(CORNERS[EDGES[e, 1]] + cell - 1), EDGES[e, 0]) for e in triangle]
            start = names.index(min(names))
            triangles.add(tuple(names[start:] + names[:start]))
    return triangles


def named_triangles(mesh, resolution, bounds=UNIT):
    """The triangles of an extracted mesh, each corner named by the edge that it lies on."""
    lattice = Lattice.of(bounds, resolution)
    places = (mesh.vertices - lattice.low) / lattice.step
    axes = np.abs(places - np.round(places)).argmax(axis=1)
    places = np.round(places)
    base = np.floor((mesh.vertices - lattice.low) / lattice.step)
    rows = np.arange(len(places))
    places[rows, axes] = base[rows, axes]
    names = [(*place, axis) for place, axis in zip(places.astype(int).tolist(), axes.tolist(), strict=True)]
    result = set()
    for face in mesh.faces.tolist():
        corners = [names[vertex] for vertex in face]
        start = corners.index(min(corners))
        result.add(tuple(corners[start:] + corners[:start]))
    assert len(result) == len(mesh.faces)
    return result


@pytest.mark.parametrize(
    ("field", "resolution", "options"),
    [
        (Sphere(0.4, (0.01, 0.02, 0.03)), 20, ExtractionOptions(start_cells=4)),
        (Sphere(0.4, (0.01, 0.02, 0.03)), 20, ExtractionOptions(start_cells=4, jump=2, portion=7, chunk=100)),
        (Torus(0.3, 0.1, (0.013, 0.0, 0.007)), 23, ExtractionOptions(start_cells=9)),
        (Sphere(0.6), 16, ExtractionOptions(start_cells=4)),  # cut off by all six sides of the box
        (Gyroid(), 24, ExtractionOptions(start_cells=24, portion=100)),
    ],
)
def test_equals_the_dense_grid(field, resolution, options):
    mesh = extract_mesh(field, resolution=resolution, bounds=UNIT, options=options)
    assert named_triangles(mesh, resolution) == dense_triangles(field, resolution)


def test_equals_the_dense_grid_over_an_oblong_box_at_another_threshold():
    bounds = ((-0.5, -0.3, -0.21), (0.5, 0.41, 0.2))
    field = Complement(Sphere(0.19, (0.05, 0.05, 0.0)))
    options = ExtractionOptions(start_cells=5)
    mesh = extract_mesh(field, resolution=21, bounds=bounds, threshold=0.52, options=options)
    assert named_triangles(mesh, 21, bounds) == dense_triangles(field, 21, bounds, math.log(0.52 / 0.48))


double_torus = Union((Torus(0.2, 0.07, (-0.2, 0.0, 0.0)), Torus(0.2, 0.07, (0.2, 0.0, 0.0))))
shells = Union((Intersection((Sphere(0.45), Complement(Sphere(0.35)))), Intersection((Sphere(0.25), Complement(Sphere(0.15))))))


@pytest.mark.parametrize("method", ["marching_cubes", "dual_contouring"])
@pytest.mark.parametrize(
    ("field", "volume", "euler", "components"),
    [
        (Sphere(0.4), 4 / 3 * math.pi * 0.4**3, 2, 1),
        (Torus(0.3, 0.1), 2 * math.pi**2 * 0.3 * 0.1**2, 0, 1),
        (Box((0.8, 0.6, 0.4)), 0.8 * 0.6 * 0.4, 2, 1),
        (double_torus, None, -2, 1),
        (shells, 4 / 3 * math.pi * (0.45**3 - 0.35**3 + 0.25**3 - 0.15**3), 8, 4),
    ],
)
def test_volume_and_topology_of_exact_solids(field, volume, euler, components, method):
    found = certify(extract_mesh(field, resolution=48, options=ExtractionOptions(method=method)), examined_faces=500)
    assert found.ok, found.problems
    assert found.euler_number == euler
    assert found.components == components
    if volume is not None:
        assert found.volume == pytest.approx(volume, rel=1e-2)


def test_gyroid_has_the_same_topology_at_two_resolutions():
    coarse, fine = (certify(extract_mesh(Gyroid(0.5, 0.5, 9.0), resolution=n, bounds=UNIT), examined_faces=0) for n in (36, 60))
    assert coarse.ok, coarse
    assert fine.ok, fine
    assert coarse.euler_number == fine.euler_number == -102
    assert coarse.components == fine.components == 3


def test_linear_interpolation_converges_with_second_order():
    field = Sphere(0.4, (0.013, 0.007, 0.002))
    meshes = [extract_mesh(field, resolution=n, options=ExtractionOptions(vertex_steps=0)) for n in (24, 48, 96)]
    errors = [field(torch.tensor(mesh.vertices)).square().mean().sqrt() for mesh in meshes]
    assert min(math.log2(a / b) for a, b in itertools.pairwise(errors)) > 1.9


@pytest.mark.parametrize("field", [Sphere(), Torus(), Box(center=(0.013, 0.007, -0.011))])
def test_root_finding_puts_vertices_on_the_surface(field):
    assert field(torch.tensor(extract_mesh(field, resolution=64).vertices)).abs().max() < 1e-6


def test_volume_converges_with_second_order():
    exact = 4 / 3 * math.pi * 0.4**3
    errors = [abs(extract_mesh(Sphere(), resolution=n).volume - exact) for n in (16, 32, 64)]
    assert min(math.log2(a / b) for a, b in itertools.pairwise(errors)) > 1.8


def adversarial(kind, size, generator):
    values = torch.randn(size, size, size, generator=generator)
    chance = torch.rand(size, size, size, generator=generator)
    if kind == "signs":
        return values.sign()
    if kind == "ties":
        return values.round()
    if kind == "not finite":
        values[chance < 0.1] = torch.nan
        values[(chance > 0.2) & (chance < 0.4)] = torch.inf
        values[chance > 0.8] = -torch.inf
    if kind == "nearly full":
        return values + 1.5
    return values


@pytest.mark.parametrize("method", ["marching_cubes", "dual_contouring"])
@pytest.mark.parametrize("kind", ["noise", "signs", "ties", "not finite", "nearly full"])
def test_any_grid_of_values_gives_a_closed_manifold(kind, method):
    generator = torch.Generator().manual_seed(1)
    for size in (3, 5, 8, 11):
        field = Samples(adversarial(kind, size, generator))
        options = ExtractionOptions(method=method, vertex_steps=2)
        found = certify(extract_mesh(field, resolution=size - 1, bounds=UNIT, options=options))
        assert found.closed, found
        assert found.manifold3d == "NoError", found
        if method == "marching_cubes":
            assert found.ok, found.problems
        else:  # sheets of dual contouring may cut each other where the field is noise
            assert not set(found.problems) - {"intersecting pairs", "inward components"}, found.problems


def test_a_field_that_answers_differently_each_time_still_gives_a_closed_manifold():
    """Each corner is evaluated once, so that its cells agree, whatever the field would say the next time."""
    generator = torch.Generator().manual_seed(2)
    options = ExtractionOptions(start_cells=4, vertex_steps=2)
    mesh = extract_mesh(lambda points: torch.randn(len(points), generator=generator), resolution=16, options=options)
    found = certify(mesh)
    assert found.ok, found.problems
    assert found.faces > 5000


def test_constant_fields_have_no_surface():
    for value in (-1.0, 1.0, 0.0, math.nan, math.inf, -math.inf):
        with pytest.raises(EmptySurface, match="no surface"):
            extract(lambda points, value=value: torch.full((len(points),), value), resolution=48)


def test_a_tie_is_outside():
    grid = torch.zeros(4, 4, 4)
    grid[1:3, 1:3, 1:3] = 1.0
    mesh = extract_mesh(Samples(grid), resolution=3, bounds=UNIT, options=ExtractionOptions(vertex_steps=0))
    assert mesh.bounds == pytest.approx(np.array([[-0.5] * 3, [0.5] * 3]), abs=1e-6)
    assert (np.abs(mesh.vertices) < 0.5).all()  # kept a margin from the corners


def test_the_boundary_of_the_box_closes_the_surface_where_it_is():
    mesh = extract_mesh(Sphere(0.7), resolution=32, bounds=UNIT)
    assert certify(mesh).ok
    assert mesh.bounds == pytest.approx(np.array(UNIT), abs=1e-6)


@pytest.mark.parametrize("options", [ExtractionOptions(), ExtractionOptions(start_cells=8, jump=8)])
def test_seeds_find_a_plate_that_the_starting_grid_misses(options):
    field = Union((Sphere(0.1, (-0.3, 0.3, 0.4)), PLANE))
    without = certify(extract_mesh(field, resolution=256, options=options), examined_faces=0)
    seeds = np.array([[0.1, 0.05, 0.0203]])
    found = certify(extract_mesh(field, resolution=256, seeds=seeds, options=options), examined_faces=0)
    assert (without.components, found.components) == (1, 2)
    assert found.volume == pytest.approx(0.6 * 0.5 * 0.006 + 4 / 3 * math.pi * 0.1**3, rel=0.02)


def test_seeds_beside_the_surface_count_within_their_noise_and_elsewhere_cost_no_more_than_their_cells():
    options = ExtractionOptions(start_cells=32)
    clean = extract(Sphere(), resolution=64, options=options)
    seeds = torch.nn.functional.normalize(torch.randn(200, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    noisy = extract(Sphere(), resolution=64, seeds=0.43 * seeds, options=replace(options, seed_noise=0.04))
    assert noisy.evaluations == clean.evaluations
    wrong = extract(Sphere(), resolution=64, seeds=[[0.0, 0.0, 0.0], [9.0, 0.0, 0.0]], options=options)
    assert wrong.grid_evaluations - clean.grid_evaluations == 64
    assert (wrong.mesh.faces == clean.mesh.faces).all()


def test_seeds_allow_a_coarser_starting_grid():
    seeds = 0.4 * torch.nn.functional.normalize(torch.randn(200, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    assert extract(Sphere(), resolution=64).evaluations["start grid"] == 33**3
    assert extract(Sphere(), resolution=64, seeds=seeds).evaluations["start grid"] == 17**3


def test_min_feature_finds_what_the_starting_grid_misses():
    cell = 1.1 / 48  # of the starting grid
    ball = Sphere(0.013, (0.5 * cell, 2.5 * cell, -4.5 * cell))
    with pytest.raises(EmptySurface):
        extract_mesh(ball, resolution=192)
    assert certify(extract_mesh(ball, resolution=192, options=ExtractionOptions(min_feature=0.026))).ok


def test_the_surface_is_followed_where_coarse_cells_do_not_see_it():
    antenna = Union((Sphere(0.1, (-0.3, 0.0, 0.0)), Box((0.6, 0.012, 0.012), (0.0, 0.0171, 0.0171))))
    found = certify(extract_mesh(antenna, resolution=256), examined_faces=0)
    assert found.components == 1
    assert extract_mesh(antenna, resolution=256).bounds[1, 0] == pytest.approx(0.3, abs=1e-3)


def test_blocks_chunks_and_jumps_do_not_change_the_mesh():
    options = ExtractionOptions(start_cells=8)
    whole = extract_mesh(Torus(), resolution=48, options=options)
    for other in (replace(options, portion=50), replace(options, chunk=33), replace(options, jump=2), replace(options, jump=8)):
        mesh = extract_mesh(Torus(), resolution=48, options=other)
        assert (mesh.faces == whole.faces).all()
        assert (mesh.vertices == whole.vertices).all()


def test_evaluations_are_few_and_counted():
    calls = []

    def field(points):
        calls.append(len(points))
        return Sphere()(points)

    extraction = extract(field, resolution=128, options=ExtractionOptions(start_cells=16, chunk=5000))
    assert sum(calls) == sum(extraction.evaluations.values())
    assert max(calls) == 5000
    assert extraction.ratio < 1.25
    places = torch.cartesian_prod(*[torch.arange(129)] * 3)
    inside = (Sphere()(Lattice.of(PADDED_BOUNDS, 128).positions(places).float()) > 0).reshape(129, 129, 129)
    stack = torch.stack([inside[x : 128 + x, y : 128 + y, z : 128 + z] for x, y, z in CORNERS.tolist()])
    crossing = stack.any(dim=0) & ~stack.all(dim=0)
    needed = torch.zeros_like(inside)
    for x, y, z in CORNERS.tolist():
        needed[x : 128 + x, y : 128 + y, z : 128 + z] |= crossing
    assert extraction.minimum_evaluations == int(needed.sum())


def test_numpy_functions_are_fields():
    expected = extract_mesh(Sphere(), resolution=32)
    plain = extract_mesh(lambda points: 0.4 - np.linalg.norm(points, axis=1), resolution=32)
    wrapped = extract_mesh(NumpyField(lambda points: 0.4 - np.sqrt((points.copy() ** 2).sum(axis=1))), resolution=32)
    for mesh in (plain, wrapped):
        assert (mesh.faces == expected.faces).all()
        assert np.abs(mesh.vertices - expected.vertices).max() < 1e-6


@pytest.mark.parametrize("method", ["marching_cubes", "dual_contouring"])
@pytest.mark.parametrize("field", [Sphere(), NumpyField(lambda points: 0.4 - np.linalg.norm(points, axis=1))])
def test_gradient_normals_point_outward(field, method):
    mesh = extract_mesh(field, resolution=40, options=ExtractionOptions(method=method, normals=True))
    assert mesh.normals is not None
    radial = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    assert (mesh.normals * radial).sum(axis=1).min() > 0.999


def test_normals_of_a_flat_field_come_from_the_faces():
    grid = torch.ones(5, 5, 5)
    grid[0] = grid[-1] = grid[:, 0] = grid[:, -1] = grid[:, :, 0] = grid[:, :, -1] = -1.0
    mesh = extract_mesh(Samples(grid), resolution=4, bounds=UNIT, options=ExtractionOptions(normals=True))
    assert mesh.normals is not None
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(np.ones(len(mesh.vertices)))
    assert (mesh.normals * mesh.vertices).sum(axis=1).min() > 0


def test_progress_rises_to_one_and_may_cancel():
    told = []
    options = ExtractionOptions(start_cells=8, chunk=1000)
    extract_mesh(Sphere(), resolution=64, progress=lambda share, phase: told.append((share, phase)), options=options)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(set(shares)) > 20
    assert max(b - a for a, b in itertools.pairwise(shares)) < 0.25
    phases = list(dict.fromkeys(phase for _, phase in told))
    assert phases == ["start grid", "stride 2", "stride 1", "vertices", "faces", "done"]

    def cancel(share, phase):
        if share > 0.4:
            raise KeyboardInterrupt(phase)

    with pytest.raises(KeyboardInterrupt, match="stride 1"):
        extract_mesh(Sphere(), resolution=64, progress=cancel, options=options)


def test_a_memory_limit_is_kept_by_smaller_blocks_or_refused_before_the_finest_level():
    free = extract(Sphere(), resolution=128)
    limited = extract_mesh(Sphere(), resolution=128, options=ExtractionOptions(memory_limit=20 * 2**20))
    assert (limited.faces == free.mesh.faces).all()
    assert (limited.vertices == free.mesh.vertices).all()
    calls = []

    def field(points):
        calls.append(len(points))
        return Sphere()(points)

    with pytest.raises(ExtractionTooLarge, match=r"about 4\d,\d\d\d cells"):
        extract_mesh(field, resolution=128, options=ExtractionOptions(memory_limit=5 * 2**20))
    assert sum(calls) < 0.8 * free.grid_evaluations


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="one logit for each point"):
        extract_mesh(lambda points: points, resolution=32)
    with pytest.raises(ValueError, match="probability"):
        extract_mesh(Sphere(), threshold=1.0)
    with pytest.raises(ValueError, match="bounds"):
        extract_mesh(Sphere(), bounds=((0.0, 0.0, 0.0), (1.0, 0.0, 1.0)))
    with pytest.raises(ValueError, match="resolution"):
        extract_mesh(Sphere(), resolution=0)
    with pytest.raises(ValueError, match="marching_cubes"):
        ExtractionOptions(method="marching_squares")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="jump"):
        ExtractionOptions(jump=3)
    with pytest.raises(ValueError, match="smoothing"):
        ExtractionOptions(method="dual_contouring", smoothing=5)
