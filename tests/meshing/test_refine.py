"""Refinement brings faces to the surface and turns them with it."""

import numpy as np
import pytest
import torch

from occnet.field import Sphere
from occnet.geometry.soundness.certificate import certify
from occnet.meshing import ExtractionOptions, RefineOptions, extract_mesh, refine


def sharp_sphere(points):
    return 30.0 * Sphere()(points)


def face_errors(mesh):
    """Mean distance of face centres from the sphere, and mean angle of face normals to it."""
    centers = mesh.triangles.mean(axis=1)
    normals = mesh.face_normals / np.linalg.norm(mesh.face_normals, axis=1, keepdims=True)
    radial = centers / np.linalg.norm(centers, axis=1, keepdims=True)
    distance = np.abs(Sphere()(torch.tensor(centers)).numpy())
    angle = np.arccos(np.clip((normals * radial).sum(axis=1), -1, 1))
    weights = mesh.face_areas
    return np.average(distance, weights=weights), np.average(angle, weights=weights)


def test_faces_come_nearer_and_turn_towards_the_surface():
    rough = extract_mesh(lambda points: torch.sign(Sphere()(points)), resolution=20, options=ExtractionOptions(vertex_steps=0))
    smooth = refine(rough, sharp_sphere, options=RefineOptions(steps=150, learning_rate=5e-4))
    before, after = face_errors(rough), face_errors(smooth)
    assert after[0] < 0.35 * before[0]
    assert after[1] < 0.5 * before[1]
    assert (smooth.faces == rough.faces).all()
    found = certify(smooth)
    assert found.closed
    assert found.outward


def test_another_threshold_moves_the_surface_there():
    mesh = extract_mesh(sharp_sphere, resolution=20)
    moved = refine(mesh, sharp_sphere, threshold=0.6, options=RefineOptions(steps=80, learning_rate=1e-3))
    expected = 0.4 - np.log(0.6 / 0.4) / 30.0
    assert np.linalg.norm(moved.vertices, axis=1).mean() == pytest.approx(expected, abs=2e-3)
    assert (refine(mesh, sharp_sphere, options=RefineOptions(steps=0)).vertices == mesh.vertices).all()


def test_a_field_without_gradient_is_refused():
    mesh = extract_mesh(Sphere(), resolution=8)
    with pytest.raises(ValueError, match="differentiate"):
        refine(mesh, lambda points: Sphere()(points).detach())
