"""Arrays are points by their shape and range: what is assumed is said, and what is no cloud is refused by its shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from occnet.errors import FileError
from occnet.files import Cloud, read_cloud

GENERATOR = np.random.default_rng(0)
POINTS = GENERATOR.normal(size=(400, 3))
NORMALS = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
COLORS = GENERATOR.integers(0, 256, (400, 3))


@pytest.fixture(params=["npy", "npz", "only"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[np.ndarray], Cloud]:
    """Writes an array, as the one of a .npy, as "points" of a .npz, or as the only one of a .npz, and reads it as a cloud."""

    def written(array: np.ndarray) -> Cloud:
        if request.param == "npy":
            np.save(tmp_path / "a.npy", array)
            return read_cloud(tmp_path / "a.npy")
        np.savez(tmp_path / "a.npz", allow_pickle=False, **{"points" if request.param == "npz" else "scan": array})
        return read_cloud(tmp_path / "a.npz")

    return written


def test_points_in_columns_are_read_as_transposed_with_a_word(read: Callable[[np.ndarray], Cloud]):
    for array in (POINTS.T, np.vstack([POINTS.T, np.ones(400)]), np.asfortranarray(POINTS.T)):
        cloud = read(array)
        np.testing.assert_array_equal(cloud.points, POINTS)
        assert "read as transposed" in cloud.notes[0]
    cloud = read(np.hstack([POINTS, NORMALS]).T)
    np.testing.assert_array_equal(cloud.points, POINTS)
    np.testing.assert_array_equal(cloud.normals, NORMALS)
    assert read(POINTS).notes == ()


@pytest.mark.parametrize("shape", [(480, 640), (17, 17), (3, 480, 640), (400,), (400, 2), (2, 400), (), (40, 1, 3)])
def test_what_is_no_cloud_is_refused_by_its_shape(read: Callable[[np.ndarray], Cloud], shape: tuple[int, ...]):
    with pytest.raises(FileError) as caught:
        read(np.ones(shape))
    assert f"of shape {shape} and type float64" in str(caught.value)
    assert ("depth picture" in str(caught.value)) == (shape in ((480, 640), (17, 17)))


def test_the_last_of_six_columns_are_normals_or_colours_by_their_range(read: Callable[[np.ndarray], Cloud]):
    cloud = read(np.hstack([POINTS, NORMALS]).astype(np.float32))
    np.testing.assert_allclose(cloud.normals, NORMALS, atol=1e-7)  # type: ignore[arg-type]
    assert cloud.colors is None
    assert "read as normals" in cloud.notes[0]
    for values in (COLORS, COLORS / 255.0):
        cloud = read(np.hstack([POINTS, values]))
        np.testing.assert_array_equal(cloud.colors, COLORS)
        assert cloud.normals is None
        assert "read as colours" in cloud.notes[0]
    for other in (POINTS, 300 * COLORS, 2.0 * NORMALS, np.zeros((400, 3)), np.full((400, 3), np.nan)):
        cloud = read(np.hstack([POINTS, other]))
        assert cloud.normals is None
        assert cloud.colors is None
        assert cloud.notes == ()


def test_a_picture_with_a_point_at_each_pixel_is_a_cloud_seen_from_the_origin(read: Callable[[np.ndarray], Cloud]):
    picture = (POINTS + np.array([0.0, 0.0, 9.0])).reshape(20, 20, 3)
    picture[0, 0] = np.nan
    cloud = read(picture)
    np.testing.assert_array_equal(cloud.points, picture.reshape(-1, 3))
    assert cloud.sensors is not None
    assert cloud.sensors.tolist() == [[0.0, 0.0, 0.0]]
    assert "20 x 20 pixels" in cloud.notes[0]
    assert read(POINTS.reshape(20, 20, 3)).sensors is None  # the points lie around the origin
    with pytest.raises(FileError, match=r"shape \(20, 20, 3\) and type uint8"):
        read(COLORS.reshape(20, 20, 3).astype(np.uint8))  # a photo


def test_arrays_of_columns_with_names_are_read_by_them(read: Callable[[np.ndarray], Cloud]):
    names = ["intensity", "X", "Y", "Z", "Red", "Green", "Blue", "normal_x", "normal_y", "normal_z"]
    array = np.zeros(400, [(name, "u2" if name in ("Red", "Green", "Blue") else "f8") for name in names])
    for block, first in ((POINTS, 1), (COLORS, 4), (NORMALS, 7)):
        for column in range(3):
            array[names[first + column]] = block[:, column]
    cloud = read(array)
    np.testing.assert_array_equal(cloud.points, POINTS)
    np.testing.assert_array_equal(cloud.colors, COLORS)
    np.testing.assert_array_equal(cloud.normals, NORMALS)
    with pytest.raises(FileError, match="with the columns intensity, X, Y, but not x, y and z"):
        read(array[["intensity", "X", "Y"]].copy())


PLY_COLORS = [("uchar", COLORS), ("ushort", 257 * COLORS), ("int", COLORS), ("float", COLORS / 255.0), ("double", COLORS)]


@pytest.mark.parametrize(("kind", "values"), PLY_COLORS, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("names", ["red green blue", "diffuse_red diffuse_green diffuse_blue", "r g b"])
def test_ply_colours_are_read_whatever_their_type_and_name(kind: str, values: np.ndarray, names: str, tmp_path: Path):
    header = "ply\nformat ascii 1.0\nelement vertex 400\n" + "".join(f"property double {name}\n" for name in "xyz")
    header += "".join(f"property {kind} {name}\n" for name in names.split())
    header += "".join(f"property float normal_{axis}\n" for axis in "xyz") + "end_header\n"
    rows = np.hstack([POINTS, values, NORMALS]).tolist()
    body = "".join(" ".join(f"{value:.17g}" for value in row) + "\n" for row in rows)
    (tmp_path / "a.ply").write_text(header + body)
    cloud = read_cloud(tmp_path / "a.ply")
    np.testing.assert_array_equal(cloud.points, POINTS)
    np.testing.assert_array_equal(cloud.colors, COLORS)
    np.testing.assert_array_equal(cloud.normals, NORMALS)
