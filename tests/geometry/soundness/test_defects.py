"""Where a mesh is broken, the defects lie, and nowhere else."""

from __future__ import annotations

import numpy as np
import trimesh

from occnet.geometry.soundness.defects import defects_of
from occnet.mesh import Mesh


def box() -> Mesh:
    made = trimesh.creation.box()
    return Mesh(np.asarray(made.vertices), np.asarray(made.faces))


def test_a_solid_has_none():
    assert len(defects_of(box()).lines) == 0


def test_a_missing_face_leaves_its_three_sides():
    whole = box()
    found = defects_of(Mesh(whole.vertices, whole.faces[1:]))
    missing = whole.vertices[whole.faces[0]]
    assert found.boundaries.shape == (3, 2, 3)
    ends = {tuple(place) for place in found.boundaries.reshape(-1, 3)}
    assert ends == {tuple(place) for place in missing}
    assert len(found.wrong_edges) == len(found.crossings) == 0


def test_a_face_turned_over_disagrees_along_its_sides():
    whole = box()
    faces = whole.faces.copy()
    faces[0] = faces[0, ::-1]
    found = defects_of(Mesh(whole.vertices, faces))
    assert len(found.boundaries) == 0
    assert len(found.wrong_edges) == 3


def test_bodies_that_pass_through_each_other_are_marked_where_they_do():
    one = box()
    moved = one.vertices + np.array([0.7, 0.6, 0.5])
    two = Mesh(np.concatenate([one.vertices, moved]), np.concatenate([one.faces, one.faces + len(one.vertices)]))
    found = defects_of(two)
    assert len(found.boundaries) == len(found.wrong_edges) == 0
    assert len(found.crossings) > 5
    assert len(defects_of(Mesh(two.vertices + np.repeat([[0, 0, 0], [5, 0, 0]], 8, axis=0), two.faces)).crossings) == 0
