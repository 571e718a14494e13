"""What a file would fill is judged before it is filled, for every format; the limit is said, and how to raise it."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from occnet.errors import FileError, OccnetError
from occnet.files import read_cloud, read_mesh
from occnet.files.formats.arrays import read_arrays
from occnet.files.images import read_image
from occnet.files.limits import read_limit
from occnet.files.material_colors import Textures
from occnet.files.voxel_grids import read_voxels

MEBIBYTE = 1 << 20


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """A limit of 1 MiB, and how many bytes were filled at the most since the test began."""
    monkeypatch.setenv("OCCNET_READ_LIMIT", str(1 / 1024))
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def npy_header(shape: tuple[int, ...], dtype: str) -> bytes:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": dtype, "fortran_order": False, "shape": shape})
    return head.getvalue()


def packed(name: str, shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    """A .npz of one array of zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.npy", npy_header(shape, dtype) + b"\0" * (int(np.prod(shape)) * np.dtype(dtype).itemsize))
    return buffer.getvalue()


def lzf_zeros(size: int) -> bytes:
    """What unpacks to zeros, about a ninetieth of their size."""
    whole, left = divmod(size - 1, 264)
    tail = b"".join(b"\0\0" for _ in range(left))  # each one literal byte
    return b"\0\0" + b"\xe0\xff\0" * whole + tail


def pcd_of_zeros(points: int) -> bytes:
    data = lzf_zeros(12 * points)
    head = f"FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {points}\nHEIGHT 1\nPOINTS {points}\n"
    return head.encode() + b"DATA binary_compressed\n" + struct.pack("<II", len(data), 12 * points) + data


def picture(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


PLY_POINTS = b"ply\nformat binary_little_endian 1.0\nelement vertex 60000\n"
PLY_POINTS += b"property char x\nproperty char y\nproperty char z\nend_header\n" + b"\0" * 180_000
PLY_FACE = b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty char x\nproperty char y\nproperty char z\n"
PLY_FACE += b"element face 1\nproperty list uint uchar vertex_indices\nend_header\n" + b"\0" * 9
PLY_FACE += struct.pack("<I", 200_000) + b"\0" * 200_000
BINVOX = b"#binvox 1\ndim 128 128 128\ntranslate 0 0 0\nscale 1\ndata\n" + b"\0\xff" * 8224 + b"\0\x20"


@pytest.mark.parametrize(
    ("name", "data", "read"),
    [
        ("a.pcd", pcd_of_zeros(100_000), read_cloud),
        ("a.npz", packed("points", (60_000, 3)), read_cloud),
        ("b.npz", packed("points", (600_000, 3)), read_cloud),
        ("a.npy", npy_header((60_000, 3), "|u1") + b"\0" * 180_000, read_cloud),
        ("a.ply", PLY_POINTS, read_cloud),
        ("b.ply", PLY_FACE, read_mesh),
        ("a.off", b"OFF 3 1\n0 0 0\n1 0 0\n0 1 0\n50000" + b" 0" * 50_000, read_mesh),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf" + b" 1" * 50_000, read_mesh),
        ("a.xyz", b"1 2 3\n" * 50_000, read_cloud),
        ("a.png", picture(500, 500), read_image),
        ("a.binvox", BINVOX, read_voxels),
        ("c.npy", npy_header((128, 128, 128), "|u1") + b"\0" * 128**3, read_voxels),
        ("a.csv", b"1,2,3\n" * 200_000, read_cloud),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_small_files_fill_no_more_than_the_limit(
    name: str, data: bytes, read: Callable[[Path], object], tmp_path: Path, memory: Callable[[], int]
):
    (tmp_path / name).write_bytes(data)
    before = memory()
    with pytest.raises(FileError, match=r"would fill .* more than the 0\.000976562 that are allowed; set .*OCCNET_READ_LIMIT"):
        read(tmp_path / name)
    multiple = {".off": 30, ".xyz": 30, ".csv": 30, ".obj": 110}  # of its own size that a text takes on the way
    assert memory() - before < 2 * MEBIBYTE + multiple.get((tmp_path / name).suffix, 3) * len(data)


def test_a_file_with_a_hole_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, head in (("a.npy", npy_header((1 << 30, 3), "<f8")), ("a.ply", b"ply\n"), ("a.xyz", b"1 2 3\n")):
        (tmp_path / name).write_bytes(head)
        os.truncate(tmp_path / name, (24 << 30) + len(head))
        with pytest.raises(FileError, match=r"would fill 24\.0 GiB of memory"):
            read_cloud(tmp_path / name)
    (tmp_path / "b.npy").write_bytes(npy_header((40_000, 3), "<f8") + b"\0" * 960_000)
    monkeypatch.setenv("OCCNET_READ_LIMIT", "0.001")
    assert len(read_cloud(tmp_path / "b.npy").points) == 40_000


def test_the_arrays_of_an_archive_count_together(tmp_path: Path, memory: Callable[[], int]):
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(100_000, np.uint8), b=np.zeros(100_000), c=np.zeros(50_000))
    assert read_arrays(tmp_path / "a.npz", {"a", "b", "none"}).keys() == {"a", "b"}
    with pytest.raises(FileError, match="with its arrays b, c, more than"):
        read_arrays(tmp_path / "a.npz", {"b", "c"})


def test_textures_are_decoded_once_and_as_far_as_memory_goes(tmp_path: Path, memory: Callable[[], int]):
    textures = Textures()
    assert textures.pixels(picture(500, 500)) is textures.pixels(picture(500, 500))
    assert textures.pixels(picture(500, 400)) is None
    assert textures.pixels(picture(100, 100)) is not None
    assert textures.pixels(picture(10_000, 10_000)) is None
    assert memory() < 3 * MEBIBYTE


def test_a_picture_of_too_many_pixels_is_named(tmp_path: Path):
    Image.new("L", (50, 50)).save(tmp_path / "a.bmp")
    data = (tmp_path / "a.bmp").read_bytes()
    (tmp_path / "a.bmp").write_bytes(data[:18] + struct.pack("<ii", 20_000, 20_000) + data[26:])
    with pytest.raises(FileError, match="has more than the 178,956,970 pixels that are decoded"):
        read_image(tmp_path / "a.bmp")


@pytest.mark.parametrize("value", ["", "much", "0", "-1", "nan"])
def test_the_limit_is_a_number(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OCCNET_READ_LIMIT", value)
    with pytest.raises(OccnetError, match=r"OCCNET_READ_LIMIT is .* must be a number of GiB"):
        read_limit()
