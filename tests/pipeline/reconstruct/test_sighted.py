"""A scan of one side becomes one closed piece of a fitting size, in the scan's coordinates, near what was seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from occnet.errors import OccnetError
from occnet.files.clouds import Cloud, write_cloud
from occnet.files.meshes import read_mesh
from occnet.observations.reading_options import CloudReading
from occnet.pipeline.reconstruct.reconstruct import reconstruct, reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from tests.geometry.sensors.views_of_solids import seen_ball, seen_torus

PLACE = np.array([0.3, 0.4, 2.0])


@pytest.fixture(scope="module")
def torus():
    return reconstruct(Cloud(50.0 * seen_torus(PLACE, pixels=90, noise=0.002) + 9.0, sensors=50.0 * PLACE + 9.0))


def test_it_is_one_piece_with_the_hole_that_was_seen(torus) -> None:
    assert torus.certificate.ok
    assert (torus.certificate.components, torus.certificate.genus) == (1, 1)


def test_its_size_fits_the_points_and_it_lies_at_them(torus) -> None:
    assert len(torus.mesh.faces) < 8 * 90**2
    assert torus.agreement.points_far < 0.01
    assert torus.agreement.area_seen_empty < 0.02
    assert torus.agreement.verdict != "poor"


def test_case_of_one_side_of_a_ball_whose_file_names_no_sensor() -> None:
    x, y = np.meshgrid(np.linspace(-1, 1, 80), np.linspace(-1, 1, 80))
    inside = x * x + y * y < 0.97
    points = np.stack([x[inside], y[inside], np.sqrt(1 - x[inside] ** 2 - y[inside] ** 2)], axis=1)
    found = reconstruct(points)
    assert (found.certificate.components, found.certificate.genus) == (1, 0)
    front = found.mesh.vertices[found.mesh.vertices[:, 2] > 0.4]
    assert np.abs(np.linalg.norm(front, axis=1) - 1.0).max() < 0.01
    assert found.agreement is not None
    assert found.agreement.verdict == "partial"
    assert found.agreement.points_far == 0.0


def test_it_cannot_follow_a_model_that_is_not_asked() -> None:
    with pytest.raises(OccnetError, match="--ignore-sensors"):
        reconstruct(Cloud(seen_ball(PLACE, pixels=50), sensors=PLACE), ReconstructOptions(refine=True))


def test_files_are_merged_with_a_sensor_each_and_written_as_one_mesh(tmp_path: Path) -> None:
    paths = [tmp_path / "front.npz", tmp_path / "back.npz"]
    for path, place in zip(paths, (PLACE, -PLACE), strict=True):
        write_cloud(path, Cloud(seen_ball(place, pixels=70), sensors=place))
    both = ReconstructOptions(CloudReading(merge=True))
    result = reconstruct_file(paths[0], tmp_path / "ball.ply", both, others=(paths[1],))
    assert result.certificate.volume == pytest.approx(4.0 / 3.0 * np.pi * 0.5**3, rel=0.12)  # the waist is seen from nowhere
    assert result.certificate.components == 1
    assert len(read_mesh(tmp_path / "ball.ply").faces) == len(result.mesh.faces)
    with pytest.raises(OccnetError, match="--merge"):
        reconstruct(paths)


def test_the_viewpoint_of_a_cloud_without_one_can_be_told() -> None:
    result = reconstruct(seen_ball(PLACE, pixels=60), ReconstructOptions(CloudReading(viewpoint=((0.3, 0.4, 2.0),))))
    assert result.certificate.components == 1
    assert not any("taken to be seen" in note for note in result.notes)
