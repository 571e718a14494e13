"""A depth picture becomes the points that the camera saw, each where its pixel looks; what has no depth is no point."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from occnet.errors import FileError, OccnetError
from occnet.files import Intrinsics, read_depth, read_intrinsics

CAMERA = Intrinsics(60.0, 50.0, 31.5, 23.5)
WIDTH, HEIGHT = 64, 48


def ball_depths() -> np.ndarray:
    """Depths (H, W) of a ball of radius 0.5, 2 in front of the camera; 0 beside it."""
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    rays = np.stack([(columns - CAMERA.cx) / CAMERA.fx, (rows - CAMERA.cy) / CAMERA.fy, np.ones((HEIGHT, WIDTH))], axis=-1)
    squared = (rays**2).sum(axis=-1)
    inside = 4.0 - squared * (4.0 - 0.25)
    return np.where(inside > 0, (2.0 - np.sqrt(np.maximum(inside, 0.0))) / squared, 0.0)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.npy", "b.npy", "b.tif"])
def test_the_points_of_a_ball_lie_on_the_ball(name: str, tmp_path: Path):
    depths = ball_depths()
    if name.startswith("a"):
        depths = np.rint(1000.0 * depths).astype(np.uint16)
        depths[0, 0] = 65535
    else:
        depths = depths.astype(np.float32)
        depths[0, 0], depths[0, 1] = np.nan, -1.0
    if name.endswith("npy"):
        np.save(tmp_path / name, depths)
    else:
        Image.fromarray(depths).save(tmp_path / name)
    cloud = read_depth(tmp_path / name, CAMERA)
    assert len(cloud.points) == np.count_nonzero(ball_depths())
    distance = np.linalg.norm(cloud.points - [0.0, 0.0, 2.0], axis=1)
    np.testing.assert_allclose(distance, 0.5, atol=2e-3 if name.startswith("a") else 1e-6)
    assert cloud.points[:, 2].max() < 2.0  # the side of the camera
    assert cloud.sensors is not None
    assert cloud.sensors.tolist() == [[0.0, 0.0, 0.0]]
    assert cloud.notes == (f"{WIDTH * HEIGHT - len(cloud.points):,} of its 3,072 pixels have no depth and are left out.",)


def test_a_pixel_to_the_right_and_below_lies_there(tmp_path: Path):
    depths = np.zeros((HEIGHT, WIDTH), np.uint16)
    depths[33, 43] = 5000
    np.save(tmp_path / "a.npy", depths)
    expected = [[(43 - 31.5) / 60.0, (33 - 23.5) / 50.0, 1.0]]
    for camera in (Intrinsics(60.0, 50.0, 31.5, 23.5, scale=5000.0), (60.0, 50.0, 31.5, 23.5, 5000)):
        np.testing.assert_allclose(read_depth(tmp_path / "a.npy", camera).points, expected)
    np.testing.assert_allclose(read_depth(tmp_path / "a.npy", [60.0, 50.0, 31.5, 23.5]).points, 5.0 * np.array(expected))


MATRIX = [[60.0, 0.0, 31.5], [0.0, 50.0, 23.5], [0.0, 0.0, 1.0]]
ZERO = '{"fx": 60, "fy": 50, "cx": 31, "cy": 23, "depth_scale": 0}'
LARGER = np.eye(4)
LARGER[:3, :3] = MATRIX


@pytest.mark.parametrize(
    ("text", "scale", "sized"),
    [
        ("60 50 31.5 23.5", None, False),
        ("60, 50, 31.5, 23.5, 5000\n", 5000.0, False),
        ("\n".join(" ".join(map(str, row)) for row in MATRIX), None, False),
        ("\n".join(" ".join(map(str, row)) for row in LARGER), None, False),
        (str(MATRIX), None, False),
        (json.dumps({"width": WIDTH, "height": HEIGHT, "intrinsic_matrix": np.ravel(MATRIX, order="F").tolist()}), None, True),
        (
            json.dumps({"intrinsic": {"width": 64, "height": 48, "intrinsic_matrix": np.ravel(MATRIX, order="F").tolist()}}),
            None,
            True,
        ),
        (json.dumps({"fx": 60, "fy": 50, "cx": 31.5, "cy": 23.5, "depth_scale": 1000.0}), 1000.0, False),
        (json.dumps({"depth": {"fx": 60, "fy": 50, "ppx": 31.5, "ppy": 23.5}, "depth_scale": 0.001}), 1000.0, False),
        (json.dumps({"K": np.ravel(MATRIX).tolist(), "width": 64, "height": 48}), None, True),
        (json.dumps({"camera_matrix": {"rows": 3, "cols": 3, "data": np.ravel(MATRIX).tolist()}}), None, False),
    ],
)
def test_cameras_of_many_programs_are_read(text: str, scale: float | None, sized: bool, tmp_path: Path):
    (tmp_path / "camera").write_text(text)
    camera = read_intrinsics(tmp_path / "camera")
    assert camera == Intrinsics(60.0, 50.0, 31.5, 23.5, scale, (WIDTH, HEIGHT) if sized else None)
    np.save(tmp_path / "a.npy", ball_depths())
    assert len(read_depth(tmp_path / "a.npy", tmp_path / "camera").points) == np.count_nonzero(ball_depths())
    np.save(tmp_path / "a.npy", ball_depths()[:, 1:])
    if sized:
        with pytest.raises(FileError, match="has 63 x 48 pixels, but the camera's pictures have 64 x 48"):
            read_depth(tmp_path / "a.npy", str(tmp_path / "camera"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 2 3",
        "fx 60",
        "{",
        "[" * 100_000,
        "{}",
        '{"fx": 60}',
        '{"K": [1, 2]}',
        "0 50 31 23",
        "nan 50 31 23",
        "60 50 31 23 0",
        ZERO,
    ],
)
def test_what_is_no_camera_is_refused(text: str, tmp_path: Path):
    (tmp_path / "camera").write_text(text)
    with pytest.raises(FileError):
        read_intrinsics(tmp_path / "camera")
    for numbers in ([1.0, 2.0], ["a"], [0.0, 1.0, 1.0, 1.0]):
        with pytest.raises(OccnetError):
            read_depth(tmp_path / "a.npy", numbers)  # type: ignore[arg-type]


def test_what_is_no_depth_picture_is_refused(tmp_path: Path):
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "a.png")
    Image.new("L", (WIDTH, HEIGHT)).save(tmp_path / "b.png")
    Image.new("I;16", (WIDTH, HEIGHT)).save(tmp_path / "c.png")
    (tmp_path / "e.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n")
    np.save(tmp_path / "f.npy", np.zeros((4, 4, 3)))
    for name, expected in (
        ("a.png", "picture of the mode RGB, but depths are one channel of 16 bits"),
        ("b.png", "picture of the mode L"),
        ("c.png", "None of the 64 x 48 pixels"),
        ("e.png", "no valid picture"),
        ("f.npy", r"shape \(4, 4, 3\), but depths have shape \(H, W\)"),
        ("g.jpg", "There is no file"),
    ):
        with pytest.raises(FileError, match=expected):
            read_depth(tmp_path / name, CAMERA)
