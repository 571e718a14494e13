"""Smoothing of what marching cubes found: ripples go, edges stay, and no face comes to cross another."""

from __future__ import annotations

import numpy as np
import torch

from occnet.geometry.half_edges import HalfEdges
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.meshing.smoothing import SAME, _beside, _filtered

RESOLUTION = 64
STEP = 1.1 / RESOLUTION


def rippled_box(points: torch.Tensor) -> torch.Tensor:
    """A box with edges of 0.7 whose faces are rippled by a tenth of a cell, as a noisy scan's are."""
    ripple = 0.1 * STEP * (torch.sin(140.0 * points) * torch.cos(170.0 * points.roll(1, dims=1))).sum(dim=1)
    return 40.0 * (0.35 - points.abs().amax(dim=1) + ripple)


def found(smoothing: int) -> Mesh:
    return extract_mesh(rippled_box, resolution=RESOLUTION, options=ExtractionOptions(smoothing=smoothing))


def turn_of_flat_parts(mesh: Mesh) -> float:
    """By how many degrees the faces within one side of the box turn from it, in the mean by their area."""
    middles, across = mesh.vertices[mesh.faces].mean(axis=1), mesh.face_normals
    areas = np.linalg.norm(across, axis=1)
    sorted_middles = np.sort(np.abs(middles), axis=1)
    flat = (sorted_middles[:, 1] < 0.35 - 3.0 * STEP) & (areas > 0.0)
    side = np.abs(middles[flat]).argmax(axis=1)
    cosine = np.abs(across[flat, side]) / areas[flat]
    return float(np.degrees(np.average(np.arccos(np.minimum(cosine, 1.0)), weights=areas[flat])))


def test_ripples_go_and_the_box_stays():
    rough, smooth = found(0), found(20)
    assert turn_of_flat_parts(smooth) < 0.5 * turn_of_flat_parts(rough)
    assert abs(smooth.volume - 0.7**3) < 0.004
    assert np.array_equal(rough.faces, smooth.faces)


def test_an_edge_stays_where_it_was():
    def corner(mesh: Mesh) -> float:
        return float(mesh.vertices.sum(axis=1).max())  # how far the box reaches along its diagonal

    assert abs(corner(found(20)) - corner(found(0))) < 0.5 * STEP


def test_each_vertex_stays_on_its_edge_of_the_lattice_so_that_the_mesh_stays_sound():
    rough, smooth = found(0), found(20)
    moved = np.abs(smooth.vertices - rough.vertices) > 1e-12
    assert moved.any()
    assert (moved.sum(axis=1) <= 1).all()
    cells = (smooth.vertices + 0.55) / STEP
    before = (rough.vertices + 0.55) / STEP
    assert np.array_equal(np.floor(cells[moved]), np.floor(before[moved]))
    assert certify(smooth).ok


def test_what_is_cut_by_the_box_stays_flat_there():
    smooth = extract_mesh(
        lambda points: 0.3 - points[:, 0] + 0.01 * torch.sin(90.0 * points[:, 1]),
        resolution=32,
        options=ExtractionOptions(smoothing=10),
    )
    assert smooth.vertices[:, 1].min() == extract_mesh(lambda points: 0.3 - points[:, 0], resolution=32).vertices[:, 1].min()
    assert certify(smooth).ok


def test_faces_beside_are_those_of_the_edges():
    mesh = found(0)
    edges = HalfEdges(mesh.faces)
    one, other = (half // 3 for half in edges.pairs(edges.sizes == 2))
    wanted = {(int(a), int(b)) for a, b in zip(one, other, strict=True)}
    wanted |= {(b, a) for a, b in wanted}
    beside = _beside(torch.from_numpy(mesh.faces.copy()).T.contiguous(), len(mesh.vertices))
    told = {(face, int(theirs)) for face in range(len(mesh.faces)) for theirs in beside[:, face]}
    assert told == wanted


def test_a_filtered_normal_is_the_mean_by_area_and_likeness():
    generator = torch.Generator().manual_seed(0)
    normals = torch.nn.functional.normalize(torch.randn(3, 4, generator=generator) + torch.tensor([[3.0], [0.0], [0.0]]), dim=0)
    areas = torch.rand(4, generator=generator)
    beside = torch.tensor([[1, 0, 0, 0], [2, 2, 1, 1], [3, 3, 3, 2]])  # of a tetrahedron
    result = _filtered(normals, areas, beside, 1)
    for face in range(4):
        mean = areas[face] * normals[:, face]
        for other in beside[:, face].tolist():
            likeness = torch.exp(-((normals[:, other] - normals[:, face]) ** 2).sum() / (2.0 * SAME**2))
            mean = mean + areas[other] * likeness * normals[:, other]
        torch.testing.assert_close(result[:, face], mean / mean.norm())
