"""Winding numbers by solid angles against known solids and libigl."""

import numpy as np
import pytest

from occnet.field import Sphere, Torus
from occnet.geometry import winding
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh


@pytest.mark.parametrize("field", [Sphere(0.4), Torus(0.3, 0.1)])
def test_equals_libigl_and_the_solid(field, monkeypatch: pytest.MonkeyPatch):
    mesh = extract_mesh(field, resolution=24)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (200, 3))
    direct = winding.winding_numbers(mesh, points)
    monkeypatch.setattr(winding, "FEW", 0)
    np.testing.assert_allclose(direct, winding.winding_numbers(mesh, points), atol=1e-6)
    np.testing.assert_allclose(direct, np.round(direct), atol=1e-9)


def test_turned_and_doubled_meshes_wind_backwards_and_twice():
    mesh = extract_mesh(Sphere(0.4), resolution=12)
    middle = np.zeros((1, 3))
    twice = Mesh(np.concatenate([mesh.vertices] * 2), np.concatenate([mesh.faces, mesh.faces + len(mesh.vertices)]))
    assert winding.winding_numbers(mesh, middle) == pytest.approx(1.0)
    assert winding.winding_numbers(mesh.flipped(), middle) == pytest.approx(-1.0)
    assert winding.winding_numbers(twice, middle) == pytest.approx(2.0)
    assert winding.winding_numbers(mesh, middle + 1.0) == pytest.approx(0.0)
