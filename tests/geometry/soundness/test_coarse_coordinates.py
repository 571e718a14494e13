"""A mesh that is moved to where coordinates are coarse is sound there, or refused."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.errors import MeshError
from occnet.field import Torus
from occnet.geometry.soundness.certificate import certify
from occnet.geometry.soundness.coarse_coordinates import moved_to_coarse
from occnet.mesh import Frame, Mesh
from occnet.meshing import extract_mesh


def frame(center: float, scale: float) -> Frame:
    return Frame(np.array([center, -center, center]), scale)


@pytest.mark.parametrize(("center", "scale"), [(0.0, 1.0), (1e6, 1e-3), (1e9, 1e-2)])
def test_where_coordinates_are_fine_the_mesh_is_moved_and_no_more(center: float, scale: float) -> None:
    mesh = extract_mesh(Torus(), resolution=24)
    said: list[str] = []
    moved = moved_to_coarse(mesh, frame(center, scale), said.append)
    assert np.array_equal(moved.faces, mesh.faces)
    assert np.array_equal(moved.vertices, frame(center, scale).to_original(mesh.vertices))
    assert not said


@pytest.mark.parametrize(("center", "scale"), [(1e9, 1e-4), (1e15, 40.0)])
def test_where_they_are_coarse_vertices_are_kept_apart(center: float, scale: float) -> None:
    mesh = extract_mesh(Torus(), resolution=40)
    assert not certify(frame(center, scale).mesh_to_original(mesh)).ok
    said: list[str] = []
    moved = moved_to_coarse(mesh, frame(center, scale), said.append)
    found = certify(moved)
    assert found.ok
    assert found.genus == 1
    assert moved.volume == pytest.approx(mesh.volume * scale**3, rel=0.05)
    assert len(said) == 1


def test_where_they_are_coarser_than_the_shape_it_is_refused_and_what_is_unsound_is_not() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
    with pytest.raises(MeshError, match=r"steps of 0\.12, 12\.50% of its size"):
        moved_to_coarse(Mesh(ball.vertices, ball.faces), frame(1e15, 1.0), print)
    opened = Mesh(ball.vertices, ball.faces[1:])
    assert len(moved_to_coarse(opened, frame(1e15, 1.0), print).faces) == 1279
