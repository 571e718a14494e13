"""A mesh has the colours that its scan has there."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.scan.colours import in_colours_of
from occnet.mesh import Mesh


def painted(vertices: np.ndarray, points: np.ndarray, colors: np.ndarray) -> np.ndarray:
    mesh = Mesh(vertices, np.zeros((0, 3), dtype=np.int64))
    found = in_colours_of(mesh, points, colors.astype(np.uint8)).colors
    assert found is not None
    return found


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_vertices_at_points_have_their_very_colours(offset: float) -> None:
    generator = np.random.default_rng(0)
    points, colors = generator.standard_normal((200, 3)) + offset, generator.integers(0, 256, (200, 3))
    np.testing.assert_array_equal(painted(points[::-1], points, colors), colors[::-1])
    np.testing.assert_array_equal(painted(points, points[:1], colors[:1]), np.repeat(colors[:1], 200, axis=0))


def test_colours_run_smoothly_between_points() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    points = np.random.default_rng(1).standard_normal((20_000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)

    def shade(places: np.ndarray) -> np.ndarray:
        return np.rint(127.5 * (1.0 + places))

    assert np.abs(painted(ball.vertices, points, shade(points)) - shade(ball.vertices)).max() <= 4


def test_colours_are_mixed_as_light() -> None:
    points = np.array([[0.0, 0, 0], [2, 0, 0]])
    middle = painted(np.array([[1.0, 0, 0]]), points, np.array([[0, 0, 0], [255, 255, 255]]))
    np.testing.assert_array_equal(middle, 188)  # half of the light, not half of 255
