"""Touching bodies come apart, overlapping ones become one with their own faces, and volumes are those of geometry."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.cleaning import merge_vertices
from occnet.geometry.inside import is_inside
from occnet.geometry.repair.parting import bodies_of, parted
from occnet.geometry.repair.uniting import united
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh


def cuboid(edges: tuple[float, float, float], shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    made = trimesh.creation.box(edges)
    return Mesh(made.vertices + np.array(shift), made.faces)


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


@pytest.mark.parametrize("shift", [(1.0, 1.0, 0.0), (1.0, 1.0, 1.0), (1.0, 0.0, 0.0)], ids=["edge", "corner", "face"])
def test_cubes_that_touch_come_apart(shift: tuple[float, float, float]) -> None:
    both = joined(cuboid((1, 1, 1)), cuboid((1, 1, 1), shift))
    assert not certify(both).ok
    assert not certify(merge_vertices(both)).ok
    assert [body.volume for body in bodies_of(parted(both))] == pytest.approx([1.0, 1.0])
    apart = parted(both, 1e-5)
    found = certify(apart)
    assert found.ok, found
    assert found.components == 2
    assert apart.volume == pytest.approx(2.0, abs=1e-4)
    np.testing.assert_allclose(apart.triangles, both.triangles, atol=2e-5)


def test_four_wedges_around_one_edge_are_four_bodies_and_keep_their_faces() -> None:
    """Prisms that all share the z axis, their faces in mixed order: only the angles tell which belong together."""
    wedges = []
    for angle in np.deg2rad([10.0, 95.0, 170.0, 290.0]):
        corners = np.array([[0.0, 0.0], *([np.cos(a), np.sin(a)] for a in (angle, angle + 0.7))])
        prism = trimesh.creation.extrude_triangulation(corners, np.array([[0, 1, 2]]), 1.0)
        wedges.append(Mesh(prism.vertices, prism.faces if prism.volume > 0 else prism.faces[:, ::-1]))
    whole = joined(*wedges)
    whole = Mesh(whole.vertices, whole.faces[np.random.default_rng(0).permutation(len(whole.faces))])
    made = parted(whole)
    assert np.array_equal(made.triangles, whole.triangles)
    assert sorted(body.volume for body in bodies_of(made)) == pytest.approx([0.5 * np.sin(0.7)] * 4)
    found = certify(parted(whole, 1e-5))
    assert found.ok, found


def test_a_block_with_two_pits_that_meet_in_an_edge_stays_one_body() -> None:
    """Seven cubes of eight: around the missing corner nothing touches; six: two notches share an edge within one body."""
    missing = {(0, 0, 1), (1, 1, 1)}
    voxels = np.ones((2, 2, 2), dtype=bool)
    voxels[tuple(np.array(sorted(missing)).T)] = False
    grid = np.pad(voxels, 1)
    faces = []
    for place in np.argwhere(grid):
        for axis in range(3):
            for side in (0, 1):
                beside = place.copy()
                beside[axis] += 2 * side - 1
                if grid[tuple(beside)]:
                    continue
                corner = place.astype(float)
                corner[axis] += side
                one, two = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
                square = np.stack([corner, corner + one, corner + one + two, corner + two])
                faces.append(square if side else square[::-1])
    vertices = np.concatenate(faces)
    quads = np.arange(len(vertices)).reshape(-1, 4)
    mesh = Mesh(vertices, np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]))
    assert len(bodies_of(parted(mesh))) == 1
    found = certify(parted(mesh, 1e-5))
    assert found.ok, found
    assert found.genus == 0
    assert found.volume == pytest.approx(6.0, abs=1e-3)


def test_an_open_mesh_comes_back_as_it_is() -> None:
    cube = cuboid((1, 1, 1))
    mesh = Mesh(cube.vertices, cube.faces[1:])
    assert np.array_equal(parted(mesh, 1e-3).vertices, mesh.vertices)


def test_a_cross_of_planks_is_united_exactly() -> None:
    planks = joined(cuboid((3, 1, 1)), cuboid((1, 3, 1)), cuboid((1, 1, 3)), cuboid((0.5, 0.5, 0.5)))
    whole = united(planks)
    assert whole is not None
    found = certify(whole)
    assert found.ok, found
    assert whole.volume == pytest.approx(7.0, rel=1e-12)
    assert whole.area == pytest.approx(30.0, rel=1e-12)


def test_a_cavity_stays_one_and_a_bar_across_it_is_solid_outside_of_it() -> None:
    hollow = joined(cuboid((2, 2, 2)), cuboid((1, 1, 1)).flipped(), cuboid((4, 0.5, 0.5)))
    whole = united(hollow)
    assert whole is not None
    assert whole.volume == pytest.approx(8.0 - 1.0 + 2.0 * 0.25)  # the winding number wants the bar in the cavity, too
    assert not is_inside(whole, np.zeros((1, 3))).any()


def test_balls_that_overlap_have_the_volume_of_their_union() -> None:
    one, two = (trimesh.creation.icosphere(4, radius) for radius in (0.5, 0.4))
    both = joined(Mesh(one.vertices, one.faces), Mesh(two.vertices + np.array([0.5, 0.0, 0.0]), two.faces))
    whole = united(both)
    assert whole is not None
    assert certify(whole).ok
    points = np.random.default_rng(0).uniform(-1.0, 1.0, (20_000, 3))
    assert (is_inside(whole, points) == is_inside(both, points)).mean() > 0.9999
