"""Pictures of every usual kind become the same sRGB pixels; what is no picture is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from occnet.errors import FileError
from occnet.files.images import around_object, read_image, whole


def pixels(height: int = 12, width: int = 20) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_pixels_come_back(tmp_path: Path, suffix: str):
    Image.fromarray(pixels()).save(tmp_path / f"a{suffix}")
    assert np.array_equal(read_image(tmp_path / f"a{suffix}"), pixels())


def test_a_photo_is_turned_upright(tmp_path: Path):
    image = Image.fromarray(np.full((40, 60, 3), 50, dtype=np.uint8))
    image.paste((250, 250, 250), (0, 0, 60, 20))  # the top is bright
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned by a quarter
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)
    found = read_image(tmp_path / "a.jpg")
    assert found.shape == (60, 40, 3)
    assert found[:, 30:].mean() > 200
    assert found[:, :10].mean() < 60


def test_transparent_parts_are_white_and_greys_are_grey(tmp_path: Path):
    colors = np.zeros((10, 10, 4), dtype=np.uint8)
    colors[:5] = (10, 20, 30, 255)
    Image.fromarray(colors).save(tmp_path / "a.png")
    found = read_image(tmp_path / "a.png")
    assert found[0, 0].tolist() == [10, 20, 30]
    assert found[9, 9].tolist() == [255, 255, 255]
    deep = (np.linspace(0, 65535, 100).reshape(10, 10)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "b.png")
    grey = read_image(tmp_path / "b.png")
    assert np.abs(grey[..., 0].astype(int) - deep / 257).max() <= 1
    assert np.array_equal(grey[..., 0], grey[..., 2])


def test_a_picture_is_shown_whole():
    wide = np.zeros((50, 100, 3), dtype=np.uint8)
    found = whole(wide).of(wide, 64)
    assert found.shape == (64, 64, 3)
    assert found[:14].min() == 255
    assert found[18:46].max() == 0
    same = pixels(16, 16)
    assert np.array_equal(whole(same).of(same, 16), same)


def test_a_window_cuts_to_the_object_wherever_it_is():
    picture = np.full((200, 300, 3), 255, dtype=np.uint8)
    picture[20:60, 150:250] = 40
    found = around_object(picture, 0.05).of(picture, 66)
    dark = (found < 128).any(axis=2)
    rows, columns = np.flatnonzero(dark.any(axis=-1)), np.flatnonzero(dark.any(axis=0))
    assert (columns[0], columns[-1]) == (3, 62)
    assert abs(len(rows) - 24) <= 1
    assert abs(rows.mean() - 32.5) <= 0.5
    elsewhere = np.roll(picture, (100, -150), axis=(0, 1))
    assert np.array_equal(around_object(elsewhere, 0.05).of(elsewhere, 66), found)
    shifted = (around_object(picture, 0.05, (0.05, 0.0)).of(picture, 66) < 128).any(axis=2).any(axis=0)
    assert np.flatnonzero(shifted)[-1] == 65
    blank = np.full((20, 30, 3), 255, dtype=np.uint8)
    assert around_object(blank).of(blank, 16).min() == 255


def test_what_is_no_picture_is_named(tmp_path: Path):
    (tmp_path / "a.png").write_text("hello")
    Image.fromarray(pixels(64, 64)).save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:900])
    Image.fromarray(pixels(2, 2)).save(tmp_path / "c.png")
    (tmp_path / "d.txt").write_text("hello")
    for name, reason in (
        ("a.png", "no picture"),
        ("b.png", "damaged"),
        ("c.png", "2 x 2"),
        ("d.txt", "suffix"),
        ("e.png", "no file"),
    ):
        with pytest.raises(FileError, match=reason) as caught:
            read_image(tmp_path / name)
        assert name in str(caught.value)
