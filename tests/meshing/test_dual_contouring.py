"""Dual contouring: sharp features, and manifold where the sheets of neighbouring cells touch."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from occnet.field import Box, Intersection, Sphere
from occnet.geometry.soundness.certificate import certify
from occnet.meshing import ExtractionOptions, extract_mesh
from occnet.meshing.dual_contouring import flipped_cells
from occnet.meshing.evaluation import Evaluation
from occnet.meshing.extraction_progress import ProgressReport
from occnet.meshing.lattice import Lattice
from occnet.meshing.memory_limit import MemoryBudget
from occnet.meshing.octree import find_crossing_cells

UNIT = ((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))
DUAL = ExtractionOptions(method="dual_contouring")
BOX = Box((0.8, 0.6, 0.4), (0.013, 0.007, -0.011))


def test_a_box_keeps_its_edges_and_corners():
    sharp = extract_mesh(BOX, resolution=40, options=DUAL)
    blunt = extract_mesh(BOX, resolution=40)
    assert certify(sharp).ok
    exact = 0.8 * 0.6 * 0.4
    assert abs(sharp.volume - exact) < 0.02 * abs(blunt.volume - exact)
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    corners = np.array(BOX.center) + 0.5 * signs * BOX.edges
    gaps = np.linalg.norm(sharp.vertices[:, None] - corners, axis=2).min(axis=0)
    assert gaps.max() < 1e-4


def test_the_edges_of_a_turned_solid_are_sharp():
    """A lens of two spheres has a circular edge, which dual contouring places with second order, marching cubes with first."""
    lens = Intersection((Sphere(0.4, (0.0, 0.0, 0.2071)), Sphere(0.4, (0.0, 0.0, -0.1929))))
    rim = math.sqrt(0.4**2 - 0.2**2)

    def reach(method, resolution):
        vertices = extract_mesh(lens, resolution=resolution, options=ExtractionOptions(method=method)).vertices
        angles = np.arctan2(vertices[:, 1], vertices[:, 0])
        radius = np.hypot(vertices[:, 0], vertices[:, 1])
        highest = [radius[(angles >= a) & (angles < a + 0.2)].max() for a in np.arange(-3.0, 3.0, 0.2)]
        return float(np.abs(np.array(highest) - rim).mean())

    assert reach("dual_contouring", 32) < 0.3 * reach("marching_cubes", 32)
    assert reach("dual_contouring", 64) < 0.4 * reach("dual_contouring", 32)


def test_smooth_surfaces_converge_with_second_order():
    def error(resolution):
        mesh = extract_mesh(Sphere(), resolution=resolution, options=DUAL)
        return float(Sphere()(torch.tensor(mesh.vertices)).square().mean().sqrt())

    assert math.log2(error(24) / error(48)) > 1.8


def test_vertices_stay_in_the_box_and_normals_follow_the_field():
    mesh = extract_mesh(BOX, resolution=40, options=replace(DUAL, normals=True))
    assert mesh.normals is not None
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(np.ones(len(mesh.vertices)))
    cut = extract_mesh(Sphere(0.8), resolution=20, bounds=UNIT, options=DUAL)
    assert np.abs(cut.vertices).max() < 0.5 + 1e-6
    assert certify(cut).ok


def test_faces_that_a_loop_visits_twice_on_both_sides_are_flipped_in_both_cells():
    """Without flipping, some of these noise fields give an edge four faces."""
    flipped = 0
    for seed in range(6):
        values = torch.randn(9, 9, 9, generator=torch.Generator().manual_seed(seed)) + 0.4

        def field(points, values=values):
            x, y, z = ((points + 0.5) * 8).round().long().unbind(dim=1)
            return values[x, y, z]

        lattice = Lattice.of(UNIT, 8)
        evaluation = Evaluation(field, 0.0, torch.device("cpu"), ExtractionOptions(), ProgressReport(None))
        cells = find_crossing_cells(lattice, evaluation, ExtractionOptions(), None, MemoryBudget(None, 0))
        flags = flipped_cells(cells)
        assert int(flags.sum()) % 2 == 0
        flipped += int(flags.sum())
        mesh = extract_mesh(field, resolution=8, bounds=UNIT, options=DUAL)
        found = certify(mesh, examined_faces=0)
        assert found.edge_manifold
        assert found.vertex_manifold
        assert found.closed
    assert flipped > 0
