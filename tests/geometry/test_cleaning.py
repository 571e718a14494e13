"""What cleaning takes away, and that the surface stays."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.errors import MeshError
from occnet.geometry.cleaning import clean, drop_bad_faces, drop_unused_vertices, is_closed, merge_vertices, unit_mesh
from occnet.mesh import Mesh


def _soup() -> tuple[Mesh, Mesh]:
    part = trimesh.creation.icosphere(2, radius=0.4)
    mesh = Mesh(np.asarray(part.vertices), np.asarray(part.faces))
    colors = np.random.default_rng(0).integers(0, 255, (len(mesh.vertices), 3))
    mesh = Mesh(mesh.vertices, mesh.faces, normals=mesh.vertices / 0.4, colors=colors.astype(np.uint8))
    assert mesh.normals is not None
    assert mesh.colors is not None
    corner = mesh.faces.reshape(-1)
    rows = np.arange(len(corner)).reshape(-1, 3)
    return mesh, Mesh(mesh.vertices[corner], rows, normals=mesh.normals[corner], colors=mesh.colors[corner])


def test_merging_undoes_a_soup() -> None:
    mesh, soup = _soup()
    merged = merge_vertices(soup)
    assert len(merged.vertices) == len(mesh.vertices)
    assert np.array_equal(merged.triangles, mesh.triangles)
    assert merged.normals is not None
    assert merged.colors is not None
    assert np.allclose(merged.normals, merged.vertices / 0.4)
    key = {tuple(vertex): tuple(color) for vertex, color in zip(mesh.vertices, mesh.colors, strict=True)}  # type: ignore[arg-type]
    assert all(key[tuple(vertex)] == tuple(color) for vertex, color in zip(merged.vertices, merged.colors, strict=True))


def test_signed_zeros_are_one_position() -> None:
    mesh = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [-0.0, 0, -0.0]]), np.array([[0, 1, 2], [3, 2, 1]]))
    assert len(merge_vertices(mesh).vertices) == 3


def test_bad_faces_go_and_sheets_stay() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0]])
    faces = np.array([[0, 1, 2], [1, 2, 0], [0, 0, 1], [2, 1, 0], [0, 1, 3], [3, 1, 3]])
    assert np.array_equal(drop_bad_faces(Mesh(vertices, faces)).faces, [[0, 1, 2], [2, 1, 0], [0, 1, 3]])


def test_unused_vertices_go() -> None:
    mesh = Mesh(np.arange(15.0).reshape(5, 3), np.array([[4, 1, 3]]))
    result = drop_unused_vertices(mesh)
    assert np.array_equal(result.triangles, mesh.triangles)
    assert len(result.vertices) == 3


def test_cleaning_twice_changes_nothing() -> None:
    _, soup = _soup()
    once = clean(soup)
    twice = clean(once)
    assert np.array_equal(np.sort(once.faces), np.sort(twice.faces))
    assert once.volume == pytest.approx(soup.volume, rel=1e-12)


def test_closed_means_without_boundary() -> None:
    mesh, soup = _soup()
    assert is_closed(mesh)
    assert is_closed(soup)
    assert not is_closed(Mesh(mesh.vertices, mesh.faces[1:]))
    wrong = mesh.faces.copy()
    wrong[0] = wrong[0, ::-1]
    assert not is_closed(Mesh(mesh.vertices, wrong))
    assert not is_closed(Mesh(mesh.vertices, mesh.faces[:0]))


def test_unit_mesh_ignores_stray_vertices_and_is_undone_by_its_frame() -> None:
    mesh, _ = _soup()
    moved = Mesh(np.concatenate([mesh.vertices * [3.0, 2.0, 1.0] + 1e4, [[9e9, 0, 0]]]), mesh.faces)
    unit, frame = unit_mesh(moved)
    corners = unit.vertices[:-1]
    assert corners.min(axis=0)[0] == pytest.approx(-0.5, abs=1e-9)
    assert corners.max(axis=0)[0] == pytest.approx(0.5, abs=1e-9)
    assert np.allclose(corners.min(axis=0) + corners.max(axis=0), 0.0)
    assert np.allclose(frame.to_original(unit.vertices), moved.vertices, rtol=1e-12)
    with pytest.raises(MeshError, match="without faces"):
        unit_mesh(Mesh(mesh.vertices, mesh.faces[:0]))
    with pytest.raises(MeshError, match="coincide"):
        unit_mesh(Mesh(np.ones((3, 3)), np.array([[0, 1, 2]])))
