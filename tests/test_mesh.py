"""The mesh and the frame: what they refuse, and that a frame is undone exactly."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from occnet.errors import CloudError, MeshError
from occnet.mesh import Frame, Mesh


def tetrahedron() -> Mesh:
    return Mesh(
        np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]), np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    )


def test_volume_and_area_of_a_tetrahedron() -> None:
    mesh = tetrahedron()
    assert mesh.volume == pytest.approx(1 / 6)
    assert mesh.flipped().volume == pytest.approx(-1 / 6)
    assert mesh.area == pytest.approx(1.5 + np.sqrt(3) / 2)
    assert np.array_equal(mesh.bounds, [[0, 0, 0], [1, 1, 1]])


def test_volume_keeps_its_precision_far_from_the_origin() -> None:
    mesh = tetrahedron()
    assert mesh.with_vertices(mesh.vertices + 1e6).volume == pytest.approx(1 / 6, rel=1e-8)


def test_volume_agrees_with_trimesh() -> None:
    made = trimesh.creation.torus(1.0, 0.3)
    mesh = Mesh(made.vertices, made.faces)
    assert mesh.volume == pytest.approx(made.volume)
    assert mesh.area == pytest.approx(made.area)


def test_a_mesh_cannot_be_changed_from_outside() -> None:
    vertices = np.eye(3)
    mesh = Mesh(vertices, np.array([[0, 1, 2]]))
    vertices[0, 0] = 5.0
    assert mesh.vertices[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        mesh.vertices[0, 0] = 2.0


@pytest.mark.parametrize(
    ("vertices", "faces", "message"),
    [
        (np.zeros((3, 2)), [[0, 1, 2]], r"\(N, 3\)"),
        (np.eye(3), [[0, 1, 3]], "index the 3 vertices"),
        (np.eye(3), [[0, 1, -1]], "index the 3 vertices"),
        (np.full((3, 3), np.nan), [[0, 1, 2]], "finite"),
    ],
)
def test_what_is_no_mesh_is_refused(vertices: np.ndarray, faces: list, message: str) -> None:
    with pytest.raises(MeshError, match=message):
        Mesh(vertices, np.array(faces))


def test_an_empty_mesh_is_a_mesh_without_bounds() -> None:
    mesh = Mesh(np.empty((0, 3)), np.empty((0, 3), dtype=np.int64))
    assert mesh.volume == 0.0
    assert mesh.area == 0.0
    with pytest.raises(MeshError, match="no bounds"):
        _ = mesh.bounds


@given(st.integers(0, 2**32 - 1), st.floats(-6, 6), st.floats(-1, 1))
def test_a_frame_is_tight_and_undone_exactly(seed: int, exponent: float, offset: float) -> None:
    generator = np.random.default_rng(seed)
    scale = 10.0**exponent
    points = scale * (generator.uniform(-1, 1, (20, 3)) + 1e3 * offset)
    frame = Frame.of(points)
    unit = frame.to_unit(points)
    assert np.abs(unit).max() <= 0.5 + 1e-9
    assert np.ptp(unit, axis=0).max() == pytest.approx(1.0, rel=1e-9)
    np.testing.assert_allclose(frame.to_original(unit), points, rtol=1e-14, atol=1e-12 * scale)


def test_a_frame_needs_points_of_some_size() -> None:
    for points in (np.zeros((0, 3)), np.ones((5, 3)), np.full((5, 3), np.inf)):
        with pytest.raises(CloudError):
            Frame.of(points)
