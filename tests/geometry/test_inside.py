"""The inside test against exact volumes, analytic solids, damaged copies and a slow ray-parity oracle."""

from __future__ import annotations

from pathlib import Path

import igl
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from occnet.errors import MeshError
from occnet.geometry.inside import InsideTest, is_inside, winding_number
from occnet.mesh import Mesh

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "cc0_meshes.npz"


def _mesh(part: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(part.vertices), np.asarray(part.faces))


def _box(low: tuple[float, float, float] = (-0.4, -0.3, -0.2), high: tuple[float, float, float] = (0.4, 0.3, 0.2)) -> Mesh:
    return _mesh(trimesh.creation.box(bounds=[low, high]))


def _sphere(radius: float = 0.4, subdivisions: int = 4) -> Mesh:
    return _mesh(trimesh.creation.icosphere(subdivisions, radius=radius))


def _together(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def _cube_points(count: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-0.55, 0.55, (count, 3))


def _box_contains(points: NDArray, low: tuple[float, ...] = (-0.4, -0.3, -0.2), high: tuple[float, ...] = (0.4, 0.3, 0.2)):
    return ((points > low) & (points < high)).all(axis=1)


def ray_parity(mesh: Mesh, points: NDArray, direction: NDArray) -> NDArray[np.bool_]:
    """Slow exact oracle for closed meshes: an odd number of crossings of a ray, Moeller-Trumbore on every face."""
    a, b, c = mesh.triangles.transpose(1, 0, 2)
    edge, other = b - a, c - a
    normal = np.cross(direction, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / np.einsum("fi,fi->f", edge, normal)
        result = np.empty(len(points), dtype=bool)
        for k, point in enumerate(points):
            gap = point - a
            u = np.einsum("fi,fi->f", gap, normal) * inverse
            swept = np.cross(gap, edge)
            v = (swept @ direction) * inverse
            distance = np.einsum("fi,fi->f", swept, other) * inverse
            result[k] = ((u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0)).sum() % 2 == 1
    return result


def test_box_is_exact() -> None:
    points = _cube_points(200_000)
    assert np.array_equal(is_inside(_box(), points), _box_contains(points))


def test_volume_of_the_sphere() -> None:
    mesh, points = _sphere(), _cube_points(400_000)
    share = is_inside(mesh, points).mean()
    deviation = np.sqrt(share * (1 - share) / len(points))
    assert abs(share - mesh.volume / 1.1**3) < 4 * deviation


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_scale_and_place_do_not_matter(scale: float, shift: float) -> None:
    mesh, points = _sphere(), _cube_points(50_000)
    move = scale * shift * np.array([1.0, -1e3, 1e5])
    moved = mesh.with_vertices(mesh.vertices * scale + move)
    assert np.array_equal(is_inside(moved, points * scale + move), is_inside(mesh, points))


def test_overlapping_bodies_are_a_union() -> None:
    low, high = (-0.1, -0.5, -0.1), (0.5, 0.1, 0.1)
    mesh, points = _together(_box(), _box(low, high)), _cube_points(100_000)
    assert np.array_equal(is_inside(mesh, points), _box_contains(points) | _box_contains(points, low, high))
    assert np.isclose(winding_number(mesh, [[0.1, 0.0, 0.0]]), 2.0, atol=0.02)


@pytest.mark.parametrize("turned", ["all", "one body", "some faces"])
def test_wrong_winding_is_forgiven(turned: str) -> None:
    low, high = (-0.1, -0.5, -0.1), (0.5, 0.1, 0.1)
    first, second = _box(), _box(low, high)
    mesh = _together(first, second)
    faces = mesh.faces.copy()
    rows = {"all": np.arange(24), "one body": np.arange(12), "some faces": np.array([1, 2, 5, 7, 20])}[turned]
    faces[rows] = faces[rows][:, ::-1]
    points = _cube_points(50_000)
    expected = _box_contains(points) | _box_contains(points, low, high)
    assert np.array_equal(is_inside(Mesh(mesh.vertices, faces), points), expected)


def test_a_cavity_stays_hollow() -> None:
    hollow = _together(_sphere(0.4), _sphere(0.3).flipped())
    radius = np.linalg.norm(_cube_points(50_000), axis=1)
    inside = is_inside(hollow, _cube_points(50_000))
    assert not inside[radius < 0.299].any()
    assert inside[(radius > 0.301) & (radius < 0.398)].all()
    assert not inside[radius > 0.401].any()


@pytest.mark.parametrize(("missing", "wrong_at_most"), [(0.02, 0.004), (0.10, 0.015)])
def test_missing_faces_cost_little(missing: float, wrong_at_most: float) -> None:
    mesh, points = _sphere(), _cube_points(50_000)
    kept = np.random.default_rng(0).random(len(mesh.faces)) > missing
    damaged = Mesh(mesh.vertices, mesh.faces[kept])
    assert (is_inside(damaged, points) != is_inside(mesh, points)).mean() < wrong_at_most


@pytest.mark.parametrize("missing", [0.0, 0.1, 0.4])
def test_the_rough_winding_number_is_on_the_exact_ones_side_of_every_half(missing: float) -> None:
    """Over two balls that overlap, whole and with holes, where winding numbers take all values from 0 to 2."""
    whole = _together(_sphere(0.3, 3), _mesh(trimesh.creation.icosphere(3, radius=0.3).apply_translation((0.2, 0.1, 0.0))))
    kept = np.random.default_rng(0).random(len(whole.faces)) >= missing
    mesh = Mesh(whole.vertices, whole.faces[kept])
    on = mesh.triangles.mean(axis=1)[np.random.default_rng(1).integers(0, kept.sum(), 6000)]
    points = np.concatenate([_cube_points(6000), on + 0.01 * np.random.default_rng(2).standard_normal(on.shape)])
    exact = np.asarray(igl.winding_number(mesh.vertices, mesh.faces, points))
    rough = InsideTest(mesh).rough_winding_number(points)
    assert np.abs(rough - exact).max() < 0.2
    clear = np.abs(exact - np.floor(exact) - 0.5) > 0.02  # nearer to a half than that, `inside` asks exactly
    np.testing.assert_array_equal(
        (rough - 0.5 > np.arange(2)[:, None])[:, clear], (exact - 0.5 > np.arange(2)[:, None])[:, clear]
    )
    np.testing.assert_array_equal(InsideTest(mesh).inside(points), exact > 0.5)


def test_unwelded_and_degenerate_faces_do_not_matter() -> None:
    mesh, points = _box(), _cube_points(20_000)
    soup = np.concatenate([mesh.triangles.reshape(-1, 3), np.full((1, 3), 9.0)])  # and a vertex that no face uses
    faces = np.concatenate([np.arange(36).reshape(-1, 3), [[0, 0, 1], [2, 2, 2]]])
    assert np.array_equal(is_inside(Mesh(soup, faces), points), _box_contains(points))


def test_procedural_solids_equal_ray_parity(procedural_meshes: list[Mesh]) -> None:
    generator, direction = np.random.default_rng(1), np.array([0.5377, 0.3319, 0.7751])
    for mesh in procedural_meshes:
        points = generator.uniform(mesh.bounds[0] - 0.02, mesh.bounds[1] + 0.02, (300, 3))
        assert np.array_equal(is_inside(mesh, points), ray_parity(mesh, points, direction))


def test_real_closed_meshes_equal_ray_parity() -> None:
    if not SHARED.exists():
        pytest.skip("the CC0 meshes are not beside the repository")
    data = np.load(SHARED)
    sizes = np.diff(data["face_offsets"])
    vertices, faces, starts, ends = data["vertices"], data["faces"], data["vertex_offsets"], data["face_offsets"]
    generator = np.random.default_rng(1)
    chosen = generator.permutation(np.flatnonzero(data["watertight"] & (sizes < 3000)))
    direction = np.array([0.5377, 0.3319, 0.7751])
    compared = 0
    for k in chosen[:40]:
        mesh = Mesh(vertices[starts[k] : starts[k + 1]] / 65535.0, faces[ends[k] : ends[k + 1]])
        points = generator.uniform(mesh.bounds[0] - 0.02, mesh.bounds[1] + 0.02, (300, 3))
        winding = winding_number(mesh, points)
        if winding.max() > 1.5 or winding.min() < -0.5:
            continue  # bodies overlap: parity counts them as a hole, which is why the program does not use it
        assert np.array_equal(is_inside(mesh, points), ray_parity(mesh, points, direction)), data["names"][k]
        compared += 1
    assert compared >= 20


def test_no_faces_is_a_clear_error() -> None:
    with pytest.raises(MeshError, match="without faces"):
        is_inside(Mesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=np.int64)), np.zeros((1, 3)))
    with pytest.raises(MeshError, match="coincide"):
        is_inside(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), np.zeros((1, 3)))
