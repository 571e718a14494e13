"""Self-intersections against a slow oracle in whole numbers."""

from itertools import combinations

import numpy as np
import pytest

from occnet.field import Sphere
from occnet.geometry.soundness.intersections import (
    TOUCH,
    _corners,
    _pass_through,
    _Planes,
    _shared_vertices,
    self_intersections,
)
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh


def volume(a, b, c, d):
    u, v, w = ([int(q) - int(p) for p, q in zip(a, x, strict=True)] for x in (b, c, d))
    cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
    total = sum(x * y for x, y in zip(cross, w, strict=True))
    return (total > 0) - (total < 0)


def exact_pairs(mesh):
    """Pairs of faces of which an edge of one passes through the inside of the other, in exact arithmetic."""
    result = set()
    for i, j in combinations(range(len(mesh.faces)), 2):
        for one, two in ((i, j), (j, i)):
            a, b, c = mesh.vertices[mesh.faces[one]].tolist()
            corners = mesh.vertices[mesh.faces[two]].tolist()
            for p, q in combinations(corners, 2):
                apart = volume(a, b, c, p) * volume(a, b, c, q) < 0
                if apart and volume(p, q, a, b) == volume(p, q, b, c) == volume(p, q, c, a) != 0:
                    result.add((i, j))
    return result


@pytest.mark.parametrize("seed", range(4))
def test_equals_exact_arithmetic_on_random_triangles_that_share_vertices(seed):
    generator = np.random.default_rng(seed)
    vertices = np.floor(generator.random((24, 3)) * [1e6, 1e6, 10.0 ** (6 - seed)])  # whole: Python computes exactly
    faces = np.array([generator.choice(24, 3, replace=False) for _ in range(40)])
    mesh = Mesh(vertices, faces)
    expected = exact_pairs(mesh)
    assert len(expected) > 20
    assert {tuple(pair) for pair in self_intersections(mesh).tolist()} == expected


def test_boxes_and_planes_leave_out_no_pair_of_a_crumpled_surface():
    smooth = extract_mesh(Sphere(), resolution=8)
    for jitter in (0.0, 0.02, 0.05):
        noise = jitter * np.random.default_rng(8).standard_normal(smooth.vertices.shape)
        mesh = smooth.with_vertices(smooth.vertices + noise)
        first, second = np.triu_indices(len(mesh.faces), 1)
        corners = _corners(mesh, np.arange(len(mesh.faces)))
        shared = _shared_vertices(mesh.faces[first], mesh.faces[second])
        diagonal = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
        hit = _pass_through(corners[:, :, first], corners[:, :, second], shared, TOUCH * diagonal)
        assert self_intersections(mesh).tolist() == np.stack([first[hit], second[hit]], axis=1).tolist()
        assert hit.any() == (jitter > 0.0)


def test_coplanar_triangles_intersect_where_they_overlap_and_not_where_they_touch():
    square = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.6, 0.2, 0], [2, 0, 0], [0.5, 0, 0], [0.5, -1, 0]]
    faces = [[0, 1, 2], [0, 2, 3], [0, 4, 3], [1, 5, 2], [6, 7, 1]]
    pairs = self_intersections(Mesh(np.array(square, dtype=float), np.array(faces)))
    assert pairs.tolist() == [[0, 2], [1, 2]]


def test_flat_and_curved_surfaces_have_none_at_any_size_and_place():
    mesh = extract_mesh(Sphere(), resolution=16)
    for scale, shift in ((1.0, 0.0), (1e-6, 0.0), (1e6, 1e6)):
        assert not len(self_intersections(mesh.with_vertices(mesh.vertices * scale + shift)))


@pytest.mark.parametrize("count", [1, 3, 14, 16, 29])  # of 30: above a half, all pairs are looked for
def test_chosen_faces_are_compared_with_all(count):
    generator = np.random.default_rng(5)
    mesh = Mesh(generator.random((90, 3)), np.arange(90).reshape(30, 3))
    every = self_intersections(mesh)
    chosen = generator.choice(30, count, replace=False)
    expected = every[np.isin(every, chosen).any(axis=1)]
    assert 0 < len(expected) <= len(every)
    assert self_intersections(mesh, chosen).tolist() == expected.tolist()


def test_many_pairs_are_worked_off_in_parts(monkeypatch):
    generator = np.random.default_rng(6)
    mesh = Mesh(generator.random((150, 3)), np.arange(150).reshape(50, 3))
    every = self_intersections(mesh)
    monkeypatch.setattr("occnet.geometry.soundness.box_pairs.PAIRS", 7)
    assert self_intersections(mesh).tolist() == every.tolist()


@pytest.mark.parametrize("kind", ["soup", "strip", "flat"])
def test_planes_only_sort_out_what_the_exact_test_rejects(kind, monkeypatch):
    generator = np.random.default_rng(7)
    vertices = generator.random((60, 3)) * {"soup": [1, 1, 1], "strip": [1, 1e-5, 1], "flat": [1, 1, 0]}[kind]
    mesh = Mesh(vertices, np.array([generator.choice(60, 3, replace=False) for _ in range(120)]))
    found = self_intersections(mesh)
    sorted_out = []
    beside = _Planes.surely_beside

    def never(self, faces, others):
        sorted_out.append(beside(self, faces, others).sum())
        return np.zeros(len(faces), dtype=bool)

    monkeypatch.setattr(_Planes, "surely_beside", never)
    assert self_intersections(mesh).tolist() == found.tolist()
    assert len(found) > 100
    assert (sum(sorted_out) > 0) == (kind != "flat")
