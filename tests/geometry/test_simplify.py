"""Simplification keeps solids closed and near to what they were."""

import numpy as np
import pytest
import torch
import trimesh

from occnet.errors import MeshError
from occnet.field import Sphere, Torus, Union
from occnet.geometry.simplify import simplify, thinned
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh


@pytest.mark.parametrize(
    ("field", "genus", "components"),
    [(Sphere(), 0, 1), (Torus(), 1, 1), (Union((Sphere(0.1, (0.4, 0.4, 0.4)), Torus())), 1, 2)],
)
def test_simplified_solids_stay_closed_and_keep_their_topology(field, genus, components):
    mesh = extract_mesh(field, resolution=40)
    small = simplify(mesh, 600)
    found = certify(small)
    assert found.ok, found.problems
    assert (found.genus, found.components) == (genus, components)
    assert 500 < len(small.faces) <= 600
    assert small.volume == pytest.approx(mesh.volume, rel=0.02)
    assert field(torch.tensor(small.vertices)).abs().max() < 0.01


def test_place_and_size_do_not_matter():
    mesh = extract_mesh(Torus(), resolution=24)
    near = simplify(mesh, 300)
    far = simplify(mesh.with_vertices(mesh.vertices * 1e3 + 1e6), 300)
    assert certify(far).ok
    assert far.volume == pytest.approx(near.volume * 1e9, rel=1e-3)


def test_few_faces_are_left_alone_and_open_meshes_refused():
    mesh = extract_mesh(Sphere(), resolution=8)
    assert (simplify(mesh, 10**6).faces == mesh.faces).all()
    with pytest.raises(MeshError, match="closed and manifold"):
        simplify(Mesh(mesh.vertices, mesh.faces[1:]), 20)
    with pytest.raises(MeshError, match="at least 4"):
        simplify(mesh, 3)
    assert np.isfinite(simplify(mesh, 4).vertices).all()


def test_flat_walls_go_first_and_only_within_the_tolerance():
    box = trimesh.creation.box((1.0, 0.8, 0.6)).subdivide().subdivide().subdivide()
    mesh = Mesh(box.vertices, box.faces)
    assert len(thinned(mesh, 1e-6).faces) == 12
    ball = extract_mesh(Sphere(), resolution=40)
    few = thinned(ball, 1e-3)
    assert certify(few).ok
    assert len(few.faces) < 0.8 * len(ball.faces)
    assert np.abs(np.linalg.norm(few.vertices, axis=1) - 0.4).max() < 2e-3


@pytest.mark.parametrize(("gap", "faces"), [(0.01, 1000), (0.004, 400)])
def test_thin_walls_do_not_pass_through_each_other_when_simplified(gap: float, faces: int):
    """The walls of a shell are nearer to each other than few faces can follow: rather more faces stay."""
    outer = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
    turn = np.asarray(trimesh.transformations.rotation_matrix(1.0, [0.1, 0.5, 0.9]))[:3, :3]
    inner = (1.0 - 2.0 * gap) * outer.vertices @ turn.T
    both = np.concatenate([outer.faces, outer.faces[:, ::-1] + len(outer.vertices)])
    mesh = Mesh(np.concatenate([outer.vertices, inner]), both)
    assert certify(mesh).ok
    few = simplify(mesh, faces)
    found = certify(few)
    assert found.ok, found.problems
    assert (found.components, found.genus) == (2, 0)
    assert len(few.faces) < 0.25 * len(mesh.faces)
