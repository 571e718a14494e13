"""Where a cloud was measured from comes from the files that say so, and goes into those that can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from occnet.errors import CloudError, FileError
from occnet.files import Cloud, read_cloud, write_cloud

POINTS = np.random.default_rng(0).uniform([-1.0, -1.0, 2.0], [1.0, 1.0, 4.0], (40, 3))


def test_a_cloud_has_a_sensor_for_each_point_or_one_for_all():
    one = Cloud(POINTS, sensors=np.array([1.0, 2.0, 3.0]))
    assert one.sensors is not None
    assert one.sensors.shape == (1, 3)
    np.testing.assert_array_equal(one.sensor_of_each, np.tile([1.0, 2.0, 3.0], (40, 1)))
    each = Cloud(POINTS, sensors=POINTS + 1.0)
    np.testing.assert_array_equal(each.sensor_of_each, POINTS + 1.0)
    assert Cloud(POINTS).sensor_of_each is None
    assert Cloud(POINTS).notes == ()
    for wrong in (POINTS[:5], np.zeros(2), np.full((1, 3), np.nan)):
        with pytest.raises(CloudError, match=r"sensors must be finite and of shape \(1, 3\) or \(40, 3\)"):
            Cloud(POINTS, sensors=wrong)


def pcd(height: int, viewpoint: str, points: np.ndarray = POINTS) -> str:
    head = f"VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {40 // height}\nHEIGHT {height}\n"
    rows = "\n".join(" ".join(map(repr, row)) for row in points.tolist())
    return f"{head}{viewpoint}POINTS 40\nDATA ascii\n{rows}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (pcd(1, "VIEWPOINT 0.5 -1 7 1 0 0 0\n"), [0.5, -1.0, 7.0]),
        (pcd(1, "VIEWPOINT 0 0 0 1 0 0 0\n"), None),  # as everybody writes it who does not know
        (pcd(8, "VIEWPOINT 0 0 0 1 0 0 0\n"), [0.0, 0.0, 0.0]),  # a camera's pixels
        (pcd(8, ""), [0.0, 0.0, 0.0]),
        (pcd(8, "VIEWPOINT 0 0 0 1 0 0 0\n", POINTS - [0.0, 0.0, 3.0]), None),  # they lie around it
        (pcd(1, ""), None),
        (pcd(1, "VIEWPOINT nan 0 0 1 0 0 0\n"), None),
    ],
)
def test_pcd_names_its_viewpoint(text: str, expected: list[float] | None, tmp_path: Path):
    (tmp_path / "a.pcd").write_text(text)
    sensors = read_cloud(tmp_path / "a.pcd").sensors
    assert (None if sensors is None else sensors.tolist()) == (None if expected is None else [expected])


def test_a_viewpoint_that_is_none_is_refused(tmp_path: Path):
    (tmp_path / "a.pcd").write_text(pcd(1, "VIEWPOINT 1 2\n"))
    with pytest.raises(FileError, match="no valid PCD"):
        read_cloud(tmp_path / "a.pcd")


@pytest.mark.parametrize(("position", "rows", "known"), [("1 2 9", 1, True), ("0 0 0", 1, False), ("0 0 0", 8, True)])
def test_ply_names_its_camera(position: str, rows: int, known: bool, tmp_path: Path):
    head = "ply\nformat ascii 1.0\nelement vertex 40\nproperty float x\nproperty float y\nproperty float z\nelement camera 1\n"
    head += "".join(f"property float {name}\n" for name in ("view_px", "view_py", "view_pz"))
    head += "property int viewportx\nproperty int viewporty\nend_header\n"
    body = "\n".join(" ".join(map(repr, row)) for row in POINTS.tolist())
    (tmp_path / "a.ply").write_text(f"{head}{body}\n{position} {40 // rows} {rows}\n")
    sensors = read_cloud(tmp_path / "a.ply").sensors
    expected = [[float(word) for word in position.split()]]
    assert (None if sensors is None else sensors.tolist()) == (expected if known else None)


def test_sensors_come_back_from_the_formats_that_keep_them(tmp_path: Path):
    one = Cloud(POINTS, sensors=np.array([0.1, 0.2, 9.0]))
    each = Cloud(POINTS, sensors=POINTS + 1.0)
    for cloud, suffix in ((one, ".pcd"), (one, ".npz"), (each, ".npz")):
        write_cloud(tmp_path / f"a{suffix}", cloud)
        np.testing.assert_array_equal(read_cloud(tmp_path / f"a{suffix}").sensors, cloud.sensors)
    write_cloud(tmp_path / "a.pcd", each)
    assert read_cloud(tmp_path / "a.pcd").sensors is None
    np.savez(tmp_path / "b.npz", points=POINTS, sensors=np.zeros((7, 3)))
    with pytest.raises(FileError, match=r"sensors of shape \(7, 3\)"):
        read_cloud(tmp_path / "b.npz")
