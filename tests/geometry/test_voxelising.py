"""Voxels against the inside test at every centre, and volumes that converge."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.inside import is_inside
from occnet.geometry.voxelising import voxel_centers, voxelize
from occnet.mesh import Mesh


def _mesh(part: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(part.vertices), np.asarray(part.faces))


def _oracle(mesh: Mesh, resolution: int, padding: float) -> np.ndarray:
    return is_inside(mesh, voxel_centers(resolution, padding)).reshape((resolution,) * 3)


def _turned(part: trimesh.Trimesh) -> Mesh:
    part.apply_transform(trimesh.transformations.rotation_matrix(0.7, [1.0, 2.0, 3.0]))
    return _mesh(part)


@pytest.mark.parametrize(("resolution", "padding"), [(1, 0.0), (17, 0.1), (40, 0.0), (64, 0.3)])
@pytest.mark.parametrize("shape", ["torus", "thin box", "ball with cavity", "small", "larger than the cube"])
def test_equals_the_inside_test_at_every_centre(shape: str, resolution: int, padding: float) -> None:
    if shape == "torus":
        mesh = _turned(trimesh.creation.torus(0.33, 0.11))
    elif shape == "thin box":
        mesh = _turned(trimesh.creation.box(extents=[0.8, 0.02, 0.5]))
    elif shape == "small":
        mesh = _turned(trimesh.creation.box(extents=[0.01, 0.012, 0.011]))
    elif shape == "larger than the cube":
        mesh = _turned(trimesh.creation.box(extents=[3.0, 0.4, 3.0]))
    else:
        outer, inner = _mesh(trimesh.creation.icosphere(3, 0.45)), _mesh(trimesh.creation.icosphere(3, 0.3)).flipped()
        mesh = Mesh(np.concatenate([outer.vertices, inner.vertices]), np.concatenate([outer.faces, inner.faces + 642]))
    assert np.array_equal(voxelize(mesh, resolution, padding), _oracle(mesh, resolution, padding))


def test_an_open_mesh_does_not_leak() -> None:
    mesh = _mesh(trimesh.creation.icosphere(3, 0.4))
    opened = Mesh(mesh.vertices, mesh.faces[20:])
    grid = voxelize(opened, 48)
    assert np.array_equal(grid, _oracle(opened, 48, 0.0))
    assert grid.mean() == pytest.approx(mesh.volume, rel=0.02)


def test_volume_of_the_sphere_at_a_fine_resolution() -> None:
    mesh = _mesh(trimesh.creation.icosphere(4, 0.45))
    assert voxelize(mesh, 160, 0.1).mean() * 1.1**3 == pytest.approx(mesh.volume, rel=2e-3)


def test_axes_are_in_xyz_order() -> None:
    mesh = _mesh(trimesh.creation.box(bounds=[[-0.5, -0.25, -0.1], [0.0, 0.25, 0.5]]))
    expected = np.zeros((20, 20, 20), dtype=bool)
    expected[:10, 5:15, 8:] = True
    assert np.array_equal(voxelize(mesh, 20), expected)


def test_resolution_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        voxelize(_mesh(trimesh.creation.box()), 0)
