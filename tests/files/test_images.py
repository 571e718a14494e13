"""Pictures of every usual kind become the same sRGB pixels; what is no picture is named."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from occnet.errors import FileError
from occnet.files import read_mesh
from occnet.files.images import around_object, read_image, whole
from occnet.files.material_colors import texture_of


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


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage\n%%EOF\n"


@pytest.fixture
def ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a program that is called like Ghostscript, first among those that are found, leaves a mark when it is started."""
    program, mark = tmp_path / "bin" / "gs", tmp_path / "started"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "$*" >> "{mark}"\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return mark


def test_a_picture_starts_no_other_program(tmp_path: Path, ghostscript: Path):
    (tmp_path / "photo.png").write_bytes(POSTSCRIPT)
    with pytest.raises(FileError, match=r"photo\.png is an EPS file, whatever its name says"):
        read_image(tmp_path / "photo.png")
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd photo.png\n")
    assert read_mesh(tmp_path / "a.obj", paint=True).colors is None
    scene = trimesh.Scene(trimesh.creation.box())
    tree = json.loads(next(data for name, data in scene.export(file_type="gltf").items() if name.endswith(".gltf")))  # type: ignore[union-attr]
    uri = "data:image/png;base64," + base64.b64encode(POSTSCRIPT).decode()
    tree |= {"images": [{"uri": uri}], "textures": [{"source": 0}]}
    tree |= {"materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]}
    tree["meshes"][0]["primitives"][0]["material"] = 0
    for name, data in scene.export(file_type="gltf").items():  # type: ignore[union-attr]
        (tmp_path / name).write_bytes(json.dumps(tree).encode() if name.endswith(".gltf") else data)
    assert read_mesh(tmp_path / "model.gltf", paint=True).colors is None
    assert not ghostscript.exists()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (POSTSCRIPT, "an EPS file"),
        (b"DDS " + b"\0" * 200, "a DDS file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC file"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG file"),
        (b"P5 64 64 255\n" + b"\0" * 4096, "no picture"),
    ],
)
def test_other_kinds_of_pictures_are_refused_by_name(tmp_path: Path, data: bytes, kind: str):
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(FileError, match=kind):
        read_image(tmp_path / "a.jpg")
    assert texture_of(data) is None
