"""Several files of one scan, depth pictures, and from where they were seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from occnet.errors import OccnetError
from occnet.files.clouds import Cloud, write_cloud
from occnet.observations.kinds import kind_named
from occnet.observations.reading_options import CloudReading
from occnet.observations.scan_files import merged, read_files, seen_from_places
from tests.geometry.sensors.views_of_solids import seen_ball

PLACES = np.array([[0.3, 0.4, 2.0], [-1.5, 0.4, -1.4]])
CLOUDS = [seen_ball(place, pixels=60) for place in PLACES]
POINTS, NOWHERE = kind_named("points"), np.zeros((0, 3))


def files(folder: Path, with_sensor: bool) -> list[Path]:
    paths = [folder / f"{number}.npz" for number in range(2)]
    for path, points, place in zip(paths, CLOUDS, PLACES, strict=True):
        write_cloud(path, Cloud(points, sensors=place if with_sensor else None))
    return paths


@pytest.mark.parametrize("told_by", ["file", "option", "points"])
def test_each_scan_keeps_its_sensor_however_it_is_told(tmp_path: Path, told_by: str) -> None:
    viewpoint = tuple((float(x), float(y), float(z)) for x, y, z in PLACES) if told_by == "option" else ()
    paths = files(tmp_path, with_sensor=told_by == "file")
    cloud = read_files(POINTS, paths, CloudReading(merge=True, viewpoint=viewpoint))
    assert np.array_equal(cloud.points, np.concatenate(CLOUDS))
    for place, sensors in zip(PLACES, np.split(cloud.sensors, [len(CLOUDS[0])]), strict=True):
        to_place, to_sensor = place / np.linalg.norm(place), sensors / np.linalg.norm(sensors, axis=1, keepdims=True)
        assert (to_sensor @ to_place).min() > (0.99 if told_by == "points" else 1.0 - 1e-12)
    assert "2 scans are read as one" in cloud.notes[-1]


def test_where_a_scan_does_not_tell_its_sensor_that_is_said() -> None:
    directions = np.random.default_rng(0).standard_normal((900, 3))
    whole = Cloud(directions / np.linalg.norm(directions, axis=1, keepdims=True), source="whole.ply")
    cloud = merged([Cloud(CLOUDS[0], sensors=PLACES[0]), whole], NOWHERE)
    assert cloud.sensors is None
    assert "whole.ply" in cloud.notes[-1]
    assert "--viewpoint" in cloud.notes[-1]


def test_colours_and_normals_stay_where_all_have_them() -> None:
    one, two = (Cloud(points, normals=points, colors=np.zeros(points.shape, np.uint8)) for points in CLOUDS)
    both = merged([one, two], PLACES)
    assert both.normals is not None
    assert both.colors is not None
    assert np.array_equal(both.normals, both.points)
    assert merged([one, Cloud(CLOUDS[1])], PLACES).normals is None


def test_as_many_viewpoints_as_scans_or_the_count_is_refused(tmp_path: Path) -> None:
    reading = CloudReading(merge=True, viewpoint=((0.0, 0.0, 9.0),) * 3)
    with pytest.raises(OccnetError, match="2 scans are merged, but 3 viewpoints"):
        read_files(POINTS, files(tmp_path, with_sensor=True), reading)


def test_of_several_viewpoints_each_point_gets_that_which_saw_it() -> None:
    cloud = seen_from_places(Cloud(np.concatenate(CLOUDS)), PLACES)
    assert cloud.sensors is not None
    right = (cloud.sensors == np.repeat(PLACES, [len(points) for points in CLOUDS], axis=0)).all(axis=1)
    assert right.mean() > 0.85  # what both saw may go to either
    at_point = seen_from_places(Cloud(CLOUDS[0]), CLOUDS[0][:1])
    assert len(at_point.points) == len(CLOUDS[0]) - 1


@pytest.mark.parametrize("as_file", [False, True])
def test_a_depth_picture_becomes_points_before_its_camera(tmp_path: Path, as_file: bool) -> None:
    depths = np.full((20, 30), 1500, dtype=np.uint16)
    depths[:5] = 0
    Image.fromarray(depths).save(tmp_path / "depth.png")
    (tmp_path / "camera.txt").write_text("40 40 15 10 1000")
    camera = str(tmp_path / "camera.txt") if as_file else "40,40,15,10,1000"
    cloud = read_files(POINTS, [tmp_path / "depth.png"], CloudReading(intrinsics=camera))
    assert len(cloud.points) == 15 * 30
    assert np.allclose(cloud.points[:, 2], 1.5)
    assert np.allclose(cloud.points[0], [-15.0 / 40.0 * 1.5, -5.0 / 40.0 * 1.5, 1.5])
    assert np.array_equal(cloud.sensors, np.zeros((1, 3)))


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OccnetError, match="no file, nor numbers"):
        read_files(POINTS, [tmp_path / "a.png"], CloudReading(intrinsics="40,40,fifteen,10"))
    with pytest.raises(OccnetError, match="convert them to clouds"):
        read_files(POINTS, [tmp_path / "a.png"], CloudReading(intrinsics="40,40,15,10", merge=True))
    with pytest.raises(OccnetError, match="are for scans"):
        read_files(kind_named("image"), [tmp_path / "a.png"], CloudReading(merge=True))
    with pytest.raises(OccnetError, match="--viewpoint"):
        CloudReading(viewpoint=((0.0, 0.0, 1.0),), tiles=2)
