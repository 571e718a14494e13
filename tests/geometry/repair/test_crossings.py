"""A surface that passes through itself is mended there and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.repair.crossings import without_crossings
from occnet.geometry.repair.kept import kept_faces
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh


def ball() -> Mesh:
    made = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
    return Mesh(made.vertices, made.faces)


def spike(mesh: Mesh) -> Mesh:
    """With its highest vertex below its lowest."""
    vertices = mesh.vertices.copy()
    vertices[vertices[:, 2].argmax()] = [0.02, 0.01, -0.6]
    return mesh.with_vertices(vertices)


def swapped(mesh: Mesh) -> Mesh:
    vertices = mesh.vertices.copy()
    vertices[mesh.faces[300, :2]] = vertices[mesh.faces[300, 1::-1]]
    return mesh.with_vertices(vertices)


@pytest.mark.parametrize("damage", [spike, swapped])
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_what_crosses_is_cut_out_and_the_rest_stays(damage, scale: float) -> None:
    whole = ball()
    broken = damage(whole)
    broken = broken.with_vertices(scale * broken.vertices)
    assert set(certify(broken).problems) == {"intersecting pairs"}
    made = without_crossings(broken)
    assert made is not None
    mended, cut = made
    assert certify(mended).ok
    assert 0 < cut < 60
    assert kept_faces(mended, broken) == len(broken.faces) - cut
    assert mended.volume == pytest.approx(scale**3 * whole.volume, rel=3e-3)


def test_a_sound_mesh_stays_and_one_that_crosses_all_over_is_left() -> None:
    whole = ball()
    assert without_crossings(whole) == (whole, 0)
    two = Mesh(np.concatenate([whole.vertices, whole.vertices + 0.02]), np.concatenate([whole.faces, whole.faces + 642]))
    assert without_crossings(two) is None
