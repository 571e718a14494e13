"""Shapes as their picture shows them: the camera in front, the labels right wherever they are asked."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from occnet.data.viewer import stored_for, viewer_of

HALF = np.array([0.5, 0.2, 0.05])  # half edges of the box that all is tried on


class Box:
    """A box seen by cameras all around, as a split of one shape."""

    surface_points, views = 20_000, 8

    def labelled_points(self, array: str) -> int:
        return 16_384

    def azimuth(self, view: int) -> float:
        return 0.3 + view * np.pi / 4

    def camera(self, shape: int, view: int, size: int | None = None) -> np.ndarray:
        """Looks down at the origin by half a radian from that azimuth."""
        back = Rotation.from_euler("yx", [self.azimuth(view), -0.5]).as_matrix()  # camera to world: its z points back
        rotation = (back * [1.0, -1.0, -1.0]).T
        inner = np.array([[100.0, 0, 50], [0, 100, 50], [0, 0, 1]])
        return (inner @ np.concatenate([rotation, [[0], [0], [2.0]]], axis=1)).astype(np.float32)

    def surface(self, shape: int, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        normals = np.eye(3)[generator.integers(3, size=count)]
        points = (
            np.where(normals > 0, np.sign(generator.uniform(-1, 1, (count, 1))), generator.uniform(-1, 1, (count, 3))) * HALF
        )
        return points.astype(np.float32), normals.astype(np.float32)

    def labelled(self, array: str, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        points = generator.uniform(-0.55, 0.55, (count, 3))
        return points, np.asarray((np.abs(points) < HALF).all(axis=1))


@pytest.mark.parametrize("view", range(8))
def test_the_camera_stands_in_front_and_the_shape_fills_the_cube(view: int) -> None:
    box = Box()
    viewer = viewer_of(box, 0, view)  # pyright: ignore[reportArgumentType]
    assert np.linalg.det(viewer.turn) == pytest.approx(1.0)
    position = np.linalg.inv(np.concatenate([box.camera(0, view), [[0, 0, 0, 1]]]))[:3, 3]
    turned = viewer.turn @ position
    assert turned[0] == pytest.approx(0.0, abs=1e-5)
    assert turned[1] == pytest.approx(position[1])
    assert turned[2] > 0
    seen = viewer.to_viewer(box.surface(0, 20_000, np.random.default_rng(1))[0])
    assert np.abs(seen).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("view", range(8))
def test_labels_are_right_and_the_points_uniform(view: int) -> None:
    box, generator = Box(), np.random.default_rng(view)
    viewer = viewer_of(box, 0, view)  # pyright: ignore[reportArgumentType]
    stored = box.labelled("uniform", stored_for(box, 4000), generator)  # pyright: ignore[reportArgumentType]
    points, inside = viewer.labelled(*stored, 4000, generator)
    assert len(points) == len(inside) == 4000
    own = viewer.frame.to_original(points) @ viewer.turn
    assert np.array_equal(inside, (np.abs(own) < HALF).all(axis=1))
    octant = (points > 0) @ [1, 2, 4]
    assert np.bincount(octant, minlength=8) == pytest.approx(500, abs=6 * np.sqrt(500))
    share = np.prod(2 * HALF) / (1.1 * viewer.frame.scale) ** 3
    assert inside.mean() == pytest.approx(share, abs=6 * np.sqrt(share / 4000))
