"""What scanners write: every scan in its place, with its sensor, and without the pixels in which nothing was seen."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from occnet.errors import FileError, MissingLibrary
from occnet.files import read_cloud

GENERATOR = np.random.default_rng(0)
POINTS = GENERATOR.normal(size=(40, 3)).round(4)
COLORS = GENERATOR.integers(0, 256, (40, 3))
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # a quarter around z
FAR = np.array([600_000.0, 5_000_000.0, 0.0])
PLACES = np.array([[10.0, 20.0, 1.5], [-4.0, 0.5, 2.0]])


def ptx_scan(place: np.ndarray, points: np.ndarray = POINTS, colored: bool = True) -> str:
    """A scan of 8 x 5 pixels, three of which saw nothing; points in the frame of the scanner."""
    matrix = np.eye(4)
    matrix[:3, :3] = TURN.T  # points are rows there
    matrix[3, :3] = place
    head = ["8", "5", " ".join(map(str, place)), *(" ".join(map(str, axis)) for axis in TURN.T)]
    head += [" ".join(map(str, row)) for row in matrix]
    rows = [
        f"{x} {y} {z} 0.5" + (f" {r} {g} {b}" if colored else "") for (x, y, z), (r, g, b) in zip(points, COLORS, strict=True)
    ]
    return "\n".join([*head, *rows]) + "\n"


@pytest.mark.parametrize("colored", [True, False])
def test_ptx_scans_come_into_one_frame_with_their_scanners(tmp_path: Path, colored: bool):
    points = POINTS.copy()
    points[[3, 7, 8]] = 0.0
    text = "".join(ptx_scan(place, points, colored) for place in PLACES)
    (tmp_path / "a.ptx").write_text(text.replace("\n", "\r\n"), newline="")
    cloud = read_cloud(tmp_path / "a.ptx")
    seen = np.delete(points, [3, 7, 8], axis=0)
    np.testing.assert_allclose(cloud.points, np.vstack([seen @ TURN.T + place for place in PLACES]), atol=1e-12)
    np.testing.assert_array_equal(cloud.sensors, np.repeat(PLACES, 37, axis=0))
    if colored:
        np.testing.assert_array_equal(cloud.colors, np.tile(np.delete(COLORS, [3, 7, 8], axis=0), (2, 1)))
    assert cloud.notes == ("Its 2 scans are read as one.", "6 of its 80 pixels have no measurement and are left out.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 2 3\n" * 50, "line 1, has no PTX header"),
        (ptx_scan(PLACES[0])[:-60], "line 1: a scan of 8 x 5 points begins, but only 3[0-9] follow|expected"),
        (ptx_scan(PLACES[0]) + "8\n5\n", "line 51, has no PTX header"),
        (ptx_scan(PLACES[0]).replace("8\n", "9999999999\n", 1), "9999999999 x 5 points"),
        (ptx_scan(PLACES[0]).replace("0.0 0.0 1.0 0.0", "0.0 0.0 1.0 3.0"), "line 7: the matrix"),
        (ptx_scan(PLACES[0]).replace(" 0.5 ", " 0.5x ", 1).replace(" 0.5x", "x 0.5", 1), "line 11: expected"),
    ],
)
def test_damaged_ptx_names_the_line(text: str, expected: str, tmp_path: Path):
    (tmp_path / "a.ptx").write_text(text)
    with pytest.raises(FileError, match=expected):
        read_cloud(tmp_path / "a.ptx")


def test_kitti_is_seen_from_the_origin_and_other_bin_files_are_refused(tmp_path: Path):
    rows = np.hstack([POINTS, GENERATOR.random((40, 1))]).astype("<f4")
    (tmp_path / "a.bin").write_bytes(rows.tobytes())
    cloud = read_cloud(tmp_path / "a.bin")
    np.testing.assert_array_equal(cloud.points, rows[:, :3])
    assert cloud.sensors is not None
    assert cloud.sensors.tolist() == [[0.0, 0.0, 0.0]]
    for data, expected in (
        (rows.tobytes()[:-4], "no .bin file in the layout of KITTI"),
        (GENERATOR.bytes(640), "no .bin file in the layout of KITTI"),
        (b"CCB2" + bytes(636), "a project of CloudCompare; save its cloud as .ply"),
    ):
        (tmp_path / "a.bin").write_bytes(data)
        with pytest.raises(FileError, match=expected):
            read_cloud(tmp_path / "a.bin")


def write_las(path: Path, marked: bool = False) -> None:
    laspy = pytest.importorskip("laspy")
    pytest.importorskip("lazrs")
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = np.full(3, 1e-4), FAR
    las = laspy.LasData(header)
    las.x, las.y, las.z = (POINTS + header.offsets).T
    las.red, las.green, las.blue = 257 * COLORS.T
    if marked:
        las.classification = np.where(np.arange(40) < 3, 7, 2)
        las.withheld = np.arange(40) == 39
    las.write(str(path))


@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_las_keeps_the_digits_of_its_coordinates_and_leaves_out_what_it_calls_noise(suffix: str, tmp_path: Path):
    write_las(tmp_path / f"a{suffix}")
    cloud = read_cloud(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(cloud.points, POINTS + FAR, rtol=0, atol=1e-8)
    np.testing.assert_array_equal(cloud.colors, COLORS)
    assert cloud.sensors is None
    assert cloud.notes == ()
    write_las(tmp_path / f"b{suffix}", marked=True)
    cloud = read_cloud(tmp_path / f"b{suffix}")
    np.testing.assert_allclose(cloud.points, POINTS[3:39] + FAR, rtol=0, atol=1e-8)
    assert cloud.notes == ("4 of its 40 points are marked as withheld or noise and are left out.",)


@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_damaged_las_is_refused_or_read(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_las(tmp_path / f"a{suffix}")
    data = (tmp_path / f"a{suffix}").read_bytes()
    for size in (10, 100, 300, len(data) - 50):
        (tmp_path / f"b{suffix}").write_bytes(data[:size])
        with pytest.raises(FileError, match=r"no valid LAS|cut off|does not begin"):
            read_cloud(tmp_path / f"b{suffix}")
    (tmp_path / f"b{suffix}").write_bytes(data[:100] + b"\xff\xff\xff\x7f" + data[104:])
    with pytest.raises(FileError, match="promises 2,147,483,647 records"):
        read_cloud(tmp_path / f"b{suffix}")
    many = data[:247] + (10**12).to_bytes(8, "little") + data[255:]  # points, where version 1.4 counts them
    (tmp_path / f"b{suffix}").write_bytes(many)
    with pytest.raises(FileError, match=r"would fill|no valid LAS"):
        read_cloud(tmp_path / f"b{suffix}")


def test_a_decoder_that_ends_its_process_ends_no_other(tmp_path: Path):
    write_las(tmp_path / "a.laz")
    data = bytearray((tmp_path / "a.laz").read_bytes())
    start = int.from_bytes(data[96:100], "little")  # of the points, where the place of the table of chunks is
    table = int.from_bytes(data[start : start + 8], "little")
    data[table + 4 : table + 8] = b"\xff\xff\xff\x7f"  # as many chunks; lazrs makes room for them, or ends the process
    (tmp_path / "a.laz").write_bytes(data)
    with pytest.raises(FileError, match=r"a\.laz is (damaged so that its decoder broke off|no valid LAS or LAZ)"):
        read_cloud(tmp_path / "a.laz")


def write_e57(path: Path, place: np.ndarray | None, grid: bool) -> None:
    pye57 = pytest.importorskip("pye57")
    file = pye57.E57(str(path), mode="w")
    for number in range(2):
        data: dict[str, Any] = dict(zip(("cartesianX", "cartesianY", "cartesianZ"), POINTS.T.copy(), strict=True))
        data |= dict(zip(("colorRed", "colorGreen", "colorBlue"), COLORS.T.astype(np.uint8), strict=True))
        data["cartesianInvalidState"] = (np.arange(40) == 5).astype(np.int8)
        if grid:
            data |= {"rowIndex": np.repeat(np.arange(5), 8), "columnIndex": np.tile(np.arange(8), 5)}
        half = np.sqrt(0.5)
        pose = {} if place is None else {"translation": place[number], "rotation": np.array([half, 0.0, 0.0, half])}
        file.write_scan_raw(data, **pose)
    file.close()


@pytest.mark.parametrize("grid", [True, False])
def test_e57_scans_come_into_one_frame_with_their_scanners(grid: bool, tmp_path: Path):
    write_e57(tmp_path / "a.e57", PLACES, grid)
    cloud = read_cloud(tmp_path / "a.e57")
    seen = np.delete(POINTS, 5, axis=0)
    np.testing.assert_allclose(cloud.points, np.vstack([seen @ TURN.T + place for place in PLACES]), atol=1e-6)
    np.testing.assert_array_equal(cloud.colors, np.tile(np.delete(COLORS, 5, axis=0), (2, 1)))
    if grid:
        np.testing.assert_array_equal(cloud.sensors, np.repeat(PLACES, 39, axis=0))
    else:  # other programs write a shift as a pose
        assert cloud.sensors is None
    assert cloud.notes == ("Its 2 scans are read as one.", "2 of its 80 points are marked as invalid and are left out.")


def test_damaged_e57_is_refused_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_e57(tmp_path / "a.e57", PLACES, grid=True)
    data = (tmp_path / "a.e57").read_bytes()
    for damaged in (data[:20], data[:2000], b"no such thing" * 100, data[:1500] + bytes(500) + data[2000:]):
        (tmp_path / "b.e57").write_bytes(damaged)
        with pytest.raises(FileError, match="no valid E57"):
            read_cloud(tmp_path / "b.e57")
        assert (tmp_path / "b.e57").read_bytes() == damaged
    monkeypatch.setenv("OCCNET_READ_LIMIT", "0.000005")
    with pytest.raises(FileError, match="would fill"):
        read_cloud(tmp_path / "a.e57")


@pytest.mark.parametrize(("suffix", "library"), [(".las", "laspy"), (".laz", "lazrs"), (".e57", "pye57")])
def test_without_the_library_it_is_named_with_what_installs_it(
    suffix: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    imported = builtins.__import__

    def missing(name: str, *arguments: Any, **more: Any) -> Any:
        if name == library:
            raise ImportError(f"No module named {library!r}")
        return imported(name, *arguments, **more)

    monkeypatch.delitem(sys.modules, library, raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    (tmp_path / f"a{suffix}").write_bytes(b"something")
    with pytest.raises(MissingLibrary, match=rf"a\{suffix}: .* {library}.* `pip install 'occnet\[scan\]'`"):
        read_cloud(tmp_path / f"a{suffix}")
