"""What a repair leaves alone comes back to the last bit."""

from __future__ import annotations

import numpy as np
import trimesh

from occnet.geometry.cleaning import unit_mesh
from occnet.geometry.repair.kept import kept_faces, moved_back
from occnet.mesh import Mesh


def test_vertices_at_their_old_places_get_their_old_coordinates() -> None:
    made = trimesh.creation.icosphere(subdivisions=2)
    given = Mesh(np.pi * made.vertices + [1e4 / 3, 0.1, -7.0], made.faces)
    unit, frame = unit_mesh(given)
    assert not np.array_equal(frame.mesh_to_original(unit).vertices, given.vertices)  # rounding, without more
    order = np.random.default_rng(0).permutation(len(given.vertices))
    some = unit.vertices[order[:100]]
    mesh = Mesh(np.concatenate([some, [[0.1, 0.2, 0.3]]]), np.array([[0, 1, 100]]))
    back = moved_back(mesh, unit, given, frame)
    assert np.array_equal(back.vertices[:100], given.vertices[order[:100]])
    assert np.allclose(back.vertices[100], frame.to_original([[0.1, 0.2, 0.3]])[0])


def test_kept_faces_are_counted_by_their_corners() -> None:
    made = trimesh.creation.icosphere(subdivisions=1)
    given = Mesh(made.triangles.reshape(-1, 3), np.arange(240).reshape(-1, 3))  # vertices of their own
    moved = made.vertices.copy()
    moved[0] += 0.1
    assert kept_faces(Mesh(made.vertices, made.faces[::-1, ::-1]), given) == 80
    assert kept_faces(Mesh(moved, made.faces), given) == 80 - int((made.faces == 0).any(axis=1).sum())
