"""The level set of the winding number of oriented points, against the ball that they were taken from."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from occnet.baselines.oriented_points import oriented_point_mesh
from occnet.errors import CloudError
from occnet.geometry.soundness.certificate import certify

BALL = """
import numpy as np
from occnet.baselines.oriented_points import oriented_point_mesh

generator = np.random.default_rng(0)
normals = generator.standard_normal((4000, 3))
normals /= np.linalg.norm(normals, axis=1, keepdims=True)
points = np.concatenate([0.4 * normals, np.repeat(0.4 * normals[:50], 40, axis=0)])
directions = np.concatenate([normals, np.repeat(normals[:50], 40, axis=0)])
print(oriented_point_mesh(points, directions, np.zeros((8, 3)), resolution=24).volume)
"""


def test_points_on_a_ball_become_the_ball() -> None:
    generator = np.random.default_rng(0)
    normals = generator.standard_normal((8000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    within = 0.2 * generator.standard_normal((500, 3)).clip(-1, 1)
    mesh = oriented_point_mesh(0.4 * normals, normals, within, resolution=64)
    assert certify(mesh, examined_faces=0).ok
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=0.02)
    assert np.linalg.norm(mesh.vertices, axis=1) == pytest.approx(0.4, abs=0.03)


def test_many_points_in_one_place_do_no_harm() -> None:
    """They ended the process, in a library: hence one of its own."""
    done = subprocess.run([sys.executable, "-c", BALL], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert 0.2 < float(done.stdout) < 0.4


def test_without_points_inside_there_is_no_solid() -> None:
    with pytest.raises(CloudError, match="0 inside"):
        oriented_point_mesh(np.zeros((4, 3)), np.ones((4, 3)), np.zeros((0, 3)))
