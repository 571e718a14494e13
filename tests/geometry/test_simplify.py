"""Simplification keeps solids closed and near to what they were."""

import numpy as np
import pytest
import torch

from occnet.errors import MeshError
from occnet.field import Sphere, Torus, Union
from occnet.geometry.certificate import certify
from occnet.geometry.simplify import simplify
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
