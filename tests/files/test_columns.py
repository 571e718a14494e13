"""Which columns of a table are x, y and z is told by its header, whatever the program; what is not understood is quoted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from occnet.errors import FileError
from occnet.files import Cloud, read_cloud

POINTS = np.round(np.random.default_rng(0).normal(size=(40, 3)), 4)
TIMES = 400000.5 + 0.25 * np.arange(40)
COLORS = np.random.default_rng(1).integers(0, 256, (40, 3))
NORMALS = np.round(POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True), 6)


def table(header: str, delimiter: str, *columns: np.ndarray) -> str:
    def cell(value: object) -> str:
        return f"{value:.10g}" if isinstance(value, (int, float)) else str(value)

    rows = zip(*(column.tolist() for block in columns for column in np.atleast_2d(block.T)), strict=True)
    return header + "".join(delimiter.join(map(cell, row)) + "\n" for row in rows)


def read(tmp_path: Path, text: str, suffix: str = ".csv") -> Cloud:
    (tmp_path / f"a{suffix}").write_text(text, encoding="utf-8")
    return read_cloud(tmp_path / f"a{suffix}")


COUNT = np.arange(40)
NAMES = np.array([f"P {number}" for number in range(40)])
QUOTED = np.array([f'"P {number}, old"' for number in range(40)])


@pytest.mark.parametrize(
    ("header", "delimiter", "before", "behind"),
    [
        ("Point ID,X,Y,Z\n", ",", [COUNT], []),
        ("id,easting,northing,elevation\n", ",", [COUNT], []),
        ("ID,X (m),Y (m),Z (m)\n", ",", [COUNT], []),
        ("ID;X [mm];Y [mm];Z [mm]\n", ";", [COUNT], []),
        ("GPS Time X Y Z\n", " ", [TIMES], []),
        ("Point ID GPS Time X Y Z\n", " ", [COUNT, TIMES], []),
        ("Laser Head Temp X Y Z\n", " ", [TIMES], []),
        ("GPS Time\tX\tY\tZ\tScan Angle Rank\n", "\t", [TIMES], [COUNT]),
        ("X (m) Y (m) Z (m) GPS Time\n", " ", [], [TIMES]),
        ("X Y Z Return Number Number of Returns\n", " ", [], [COUNT, COUNT]),
        ("//X Y Z Intensity\n", " ", [], [TIMES]),
        ("# scanned by hand\n# t, x, y, z\n", " ", [TIMES], []),
        ("#,X,Y,Z\n", ",", [COUNT], []),
        ("Point #,X,Y,Z\n", ",", [COUNT], []),
        ('"Name","X","Y","Z"\n', ",", [QUOTED], []),
        ('"Name" "X" "Y" "Z"\n', " ", [QUOTED], []),
        ('"X" "Y" "Z"\n', " ", [COUNT + 1], []),  # R writes no name above the names of rows
        ("Name,E,N,H\n", ",", [NAMES], []),
        ("Name;Rechtswert;Hochwert;Höhe\n", ";", [NAMES], []),
        ("time,point.x,point.y,point.z\n", ",", [TIMES], []),
        ("vtkOriginalPointIds,Points:0,Points:1,Points:2\n", ",", [COUNT], []),
        ("t x_m y_m z_m\n", " ", [TIMES], []),
        ("t|x|y|z\n", "\t", [TIMES], []),
        (",x,y,z\n", ",", [COUNT], []),
        ("Project: bridge\nDate: today\nPoint X Y Z\n", "\t", [COUNT], []),
        ("40\nid x y z\n", " ", [COUNT], []),
        ("x,y,z,\n", ",", [], []),
        ("x y z\n", " ", [], [TIMES, TIMES]),
        ("time,z,x,y,height\n", ",", None, []),
    ],
)
def test_columns_are_told_by_their_header(
    header: str, delimiter: str, before: list[np.ndarray] | None, behind: list[np.ndarray], tmp_path: Path
):
    columns = [*(before or []), POINTS, *behind] if before is not None else [TIMES, POINTS[:, [2, 0, 1]], COUNT]
    cloud = read(tmp_path, table(header, delimiter, *columns))
    np.testing.assert_array_equal(cloud.points, POINTS)
    assert cloud.normals is None
    assert cloud.colors is None


@pytest.mark.parametrize(
    ("header", "delimiter", "columns"),
    [
        ("a,b,c\n", ",", [POINTS]),
        ("id,a,b,c\n", ",", [COUNT, POINTS]),
        ("x,y\n", ",", [POINTS]),
        ("# fine\nrange azimuth tilt\n", " ", [POINTS]),
        ("Project: bridge\nDate: today\n", " ", [POINTS]),
        ("one two X Y Z three\n", " ", [COUNT, POINTS]),
        ("id,x,y,z,r\n", ",", [COUNT, POINTS]),
    ],
)
def test_a_header_that_is_not_understood_is_quoted(header: str, delimiter: str, columns: list[np.ndarray], tmp_path: Path):
    quoted = header.splitlines()[-1]
    with pytest.raises(FileError, match=f"the header '{quoted}' does not tell which of the .* columns below it are x, y and z"):
        read(tmp_path, table(header, delimiter, *columns))


def test_angles_are_no_lengths(tmp_path: Path):
    with pytest.raises(FileError, match=r"line 1: the header 'Latitude,Longitude,Height' gives angles.* project"):
        read(tmp_path, table("Latitude,Longitude,Height\n", ",", POINTS))


def test_quoted_numbers_and_decimal_commas_are_numbers(tmp_path: Path):
    rows = "".join(",".join(f'"{value}"'.replace(".", ",") for value in row) + "\n" for row in POINTS.tolist())
    np.testing.assert_array_equal(read(tmp_path, '"x","y","z"\n' + rows).points, POINTS)
    rows = "".join(" ".join(f'"{value}"' for value in row) + "\n" for row in POINTS.tolist())
    np.testing.assert_array_equal(read(tmp_path, rows).points, POINTS)


def test_a_column_that_counts_the_points_is_no_coordinate_and_that_is_said(tmp_path: Path):
    for first in (0, 1):
        cloud = read(tmp_path, table("", " ", COUNT + first, POINTS, COLORS), ".txt")
        np.testing.assert_array_equal(cloud.points, POINTS)
        np.testing.assert_array_equal(cloud.colors, COLORS)
        assert "counts the points" in cloud.notes[0]
        assert "columns 5 to 7, which have no names, are read as colours" in cloud.notes[1]
    line = np.stack([COUNT, POINTS[:, 0], POINTS[:, 1]], axis=1)  # three columns alone are points
    np.testing.assert_array_equal(read(tmp_path, table("", " ", line), ".txt").points, line)
    assert read(tmp_path, table("", " ", COUNT[:20], POINTS[:20]), ".txt").points[:, 0].max() == 19  # too few to be sure


def test_colours_and_normals_have_names_of_many_programs(tmp_path: Path):
    white = read(tmp_path, "x,y,z,r,g,b\n1,2,3,1.0,1.0,1.0\n")
    np.testing.assert_array_equal(white.colors, [[255, 255, 255]])
    for names in ("R,G,B", "red,green,blue", "Rf,Gf,Bf", "diffuse_red,diffuse_green,diffuse_blue"):
        for values in (COLORS, COLORS * 257, np.round(COLORS / 255.0, 6)):
            cloud = read(tmp_path, table(f"x,y,z,{names}\n", ",", POINTS, values))
            np.testing.assert_array_equal(cloud.colors, COLORS)
    for names in ("nx,ny,nz", "Normal X,Normal Y,Normal Z", "Normals:0,Normals:1,Normals:2", "Nx (1),Ny (1),Nz (1)"):
        cloud = read(tmp_path, table(f"id,x,y,z,{names}\n", ",", COUNT, POINTS, NORMALS))
        np.testing.assert_array_equal(cloud.normals, NORMALS)


def test_unnamed_columns_behind_the_points_are_what_they_can_be(tmp_path: Path):
    assert read(tmp_path, table("", " ", POINTS, NORMALS), ".xyzn").normals is not None
    for values in (COLORS, np.round(COLORS / 255.0, 6)):
        cloud = read(tmp_path, table("", " ", POINTS, values), ".xyzrgb")
        np.testing.assert_array_equal(cloud.colors, COLORS)
        assert cloud.normals is None
        assert "read as colours" in cloud.notes[0]
    for other in (COLORS + 0.5, COLORS - 100, 300 * COLORS, np.zeros((40, 3))):
        cloud = read(tmp_path, table("", " ", POINTS, other), ".xyz")
        assert cloud.normals is None
        assert cloud.colors is None
        assert cloud.notes == ()


def test_pts_has_an_intensity_before_its_colours_and_several_scans(tmp_path: Path):
    text = table("", " ", POINTS, COUNT - 2048, COLORS)
    np.testing.assert_array_equal(read(tmp_path, "40\n" + text, ".pts").colors, COLORS)
    assert read(tmp_path, text, ".txt").colors is None  # there, it is not known what the fourth column is
    cloud = read(tmp_path, f"40\n{text}40\n{text}", ".pts")
    np.testing.assert_array_equal(cloud.points, np.vstack([POINTS, POINTS]))
    assert read(tmp_path, "40\n" + table("", " ", POINTS, COUNT), ".pts").colors is None
    with pytest.raises(FileError, match="promises 41 points in the first line of its scan 2, but has 40"):
        read(tmp_path, f"40\n{text}41\n{text}", ".pts")
    with pytest.raises(FileError, match="promises 39 points in its first line, but has 40"):
        read(tmp_path, f"39\n{text}", ".pts")
