"""The examples run as the README says, in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from occnet.files import read_cloud, read_mesh
from occnet.geometry.inside import winding_number
from occnet.geometry.soundness.certificate import certify

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_demo_writes_mesh_picture_and_certificate(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "01_reconstruct_a_scan.py")], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "closed               yes" in done.stdout
    assert certify(read_mesh(tmp_path / "out" / "chair.ply"), examined_faces=0).ok
    picture = np.asarray(Image.open(tmp_path / "out" / "chair.png"))
    assert picture.shape[1] == 3 * 480
    for panel in range(3):  # scan, mesh and truth are all drawn
        assert (picture[:480, panel * 480 : (panel + 1) * 480] < 200).any(axis=2).mean() > 0.01


@pytest.mark.slow
def test_every_other_model_has_an_example(tmp_path: Path) -> None:
    script = EXAMPLES / "02_pictures_voxels_and_new_shapes.py"
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("closed: True") == 2
    meshes = sorted(path.name for path in (tmp_path / "out").glob("*.ply"))
    assert meshes == [
        *("generate-0.ply", "generate-5.ply", "generate_vessels-0.ply", "generate_vessels-5.ply"),
        *("mushroom_image.ply", "mushroom_voxels.ply"),
    ]
    picture = np.asarray(Image.open(tmp_path / "out" / "models.png"))
    tall = picture.shape[0] // 2
    for row in range(2):
        for column in range(4):  # each panel shows something
            panel = picture[row * tall : row * tall + 320, column * 320 : (column + 1) * 320]
            assert (panel < 200).any(axis=2).mean() > 0.01


def test_the_bundled_truth_is_the_solid_that_the_scan_was_taken_of() -> None:
    truth = read_mesh(EXAMPLES / "data" / "chair_truth.ply")
    scan = read_cloud(EXAMPLES / "data" / "chair_scan.ply")
    assert scan.normals is None
    inside = winding_number(truth, scan.points)
    assert 0.3 < (inside > 0.5).mean() < 0.7  # noise puts about half of the points on either side
