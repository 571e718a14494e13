"""Sharp edges: where they are on solids whose edges are known."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.sharp_edges import sample_sharp_edges, sharp_edges
from occnet.mesh import Mesh


def of(made: trimesh.Trimesh) -> Mesh:
    return Mesh(made.vertices, made.faces)


def length(edges: np.ndarray) -> float:
    return float(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1).sum())


@pytest.mark.parametrize("cuts", [0, 2])
def test_a_box_has_its_twelve_edges_however_it_is_cut_and_unwelded(cuts: int) -> None:
    made = trimesh.creation.box((1.0, 0.5, 0.25))
    for _ in range(cuts):
        made = made.subdivide()
    soup = Mesh(of(made).triangles.reshape(-1, 3), np.arange(3 * len(made.faces)).reshape(-1, 3))
    for mesh in (of(made), soup):
        assert length(sharp_edges(mesh)) == pytest.approx(4 * (1.0 + 0.5 + 0.25))


def test_points_lie_on_the_edges_by_length() -> None:
    points = sample_sharp_edges(of(trimesh.creation.box((1.0, 0.5, 0.25))), 7000, np.random.default_rng(0))
    on_edge = np.isclose(np.abs(points), [0.5, 0.25, 0.125]).sum(axis=1)
    assert (on_edge >= 2).all()
    along_x = ~np.isclose(np.abs(points[:, 0]), 0.5)
    assert along_x.mean() == pytest.approx(1.0 / 1.75, abs=0.03)


def test_a_ball_has_none_and_a_cylinder_two_rims() -> None:
    ball = of(trimesh.creation.icosphere(subdivisions=3))
    assert sample_sharp_edges(ball, 100, np.random.default_rng(0)).shape == (0, 3)
    cylinder = of(trimesh.creation.cylinder(radius=0.3, height=1.0, sections=64))
    assert length(sharp_edges(cylinder)) == pytest.approx(2 * 2 * np.pi * 0.3, rel=2e-3)
