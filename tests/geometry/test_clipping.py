"""A mesh cut along a line: what is left has the area, the boundary and the faces that it should."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.field import Sphere
from occnet.geometry.clipping import clipped
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh

BALL = extract_mesh(Sphere(0.4), resolution=48)


@pytest.mark.parametrize("height", [-0.3, 0.013, 0.21])
def test_a_ball_cut_by_a_plane_is_a_cap_with_one_round_boundary(height: float) -> None:
    part = clipped(BALL, BALL.vertices[:, 2] - height)
    found = certify(part, open_surface=True)
    assert found.ok, found
    assert (found.boundaries, found.components, found.genus) == (1, 1, 0)
    assert part.area == pytest.approx(2.0 * np.pi * 0.4 * (height + 0.4), rel=0.01)
    assert part.vertices[:, 2].max() < height + 0.1 * 1.1 / 48 * np.sqrt(3)  # cuts stay a tenth of an edge from vertices


def test_both_parts_together_are_the_whole() -> None:
    values = BALL.vertices @ [0.3, 1.0, -0.4] - 0.0123
    assert clipped(BALL, values).area + clipped(BALL, -values).area == pytest.approx(BALL.area, rel=1e-9)


def test_a_face_is_cut_at_the_share_of_its_edges() -> None:
    triangle = Mesh(np.eye(3), np.array([[0, 1, 2]]), normals=np.eye(3), colors=np.array([[0, 0, 0], [100, 0, 0], [0, 200, 0]]))
    tip = clipped(triangle, np.array([-1.0, 3.0, 1.0]))
    np.testing.assert_allclose(sorted(tip.vertices.tolist()), [[0.5, 0.0, 0.5], [0.75, 0.25, 0.0], [1.0, 0.0, 0.0]])
    assert sorted(tip.colors.tolist()) == [[0, 0, 0], [0, 100, 0], [25, 0, 0]]  # type: ignore[union-attr]
    np.testing.assert_allclose(np.linalg.norm(tip.normals, axis=1), 1.0)  # type: ignore[arg-type]
    rest = clipped(triangle, np.array([1.0, -3.0, -1.0]))
    assert len(rest.faces) == 2
    assert tip.face_normals[0] @ rest.face_normals[0] > 0.0
    assert tip.area + rest.area == pytest.approx(triangle.area)


def test_all_or_nothing() -> None:
    assert len(clipped(BALL, np.full(len(BALL.vertices), -1.0)).faces) == len(BALL.faces)
    nothing = clipped(BALL, np.full(len(BALL.vertices), 1.0))
    assert (len(nothing.faces), len(nothing.vertices)) == (0, 0)
