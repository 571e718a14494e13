"""Clouds of every usual format read the same points; clouds that cannot become a solid are refused with the reason."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from occnet.errors import CloudError, FileError
from occnet.files import Cloud, checked_points, read_cloud, write_cloud
from occnet.files.formats import lzf

POINTS = np.array([[0.125, -1.5, 2e-7], [3.0, 4.25, -5.0], [6e5, 7.0, 8.5]])


def ball(count: int = 100) -> np.ndarray:
    directions = np.random.default_rng(0).normal(size=(count, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the files of many examples, none of which waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield tmp_path_factory.mktemp("clouds")


@st.composite
def clouds(draw: st.DrawFn) -> Cloud:
    count = draw(st.integers(1, 20))
    numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
    points = draw(hnp.arrays(np.float64, (count, 3), elements=numbers))
    normals = draw(st.none() | hnp.arrays(np.float64, (count, 3), elements=numbers))
    return Cloud(points, normals, draw(st.none() | hnp.arrays(np.uint8, (count, 3))))


@pytest.mark.parametrize("suffix", [".ply", ".pcd", ".npz", ".npy", ".xyz", ".txt", ".csv"])
@given(cloud=clouds())
@settings(max_examples=30, deadline=None)
def test_every_bit_comes_back(suffix: str, folder: Path, cloud: Cloud):
    path = folder / f"cloud{suffix}"
    write_cloud(path, cloud)
    back = read_cloud(path)
    assert back.source == str(path)
    assert back.points.tobytes() == cloud.points.tobytes()
    if suffix == ".npy":
        return  # points alone
    for written, read in ((cloud.normals, back.normals), (cloud.colors, back.colors)):
        assert (written is None) == (read is None)
        if written is not None and read is not None:
            assert read.tobytes() == written.tobytes()


def rows(delimiter: str, more: str = "") -> str:
    return "\n".join(delimiter.join(f"{value!r}" for value in row) + more for row in POINTS.tolist())


@pytest.mark.parametrize(
    "text",
    [
        rows(" "),
        rows("\t"),
        rows(","),
        rows(";"),
        rows(", "),
        rows("   ") + "\n\n\n",
        rows(" ").replace("\n", "\r\n"),
        rows(" ").replace("\n", "\r"),
        "\ufeff" + rows(" "),
        "# a scan\n// made by hand\n\n" + rows(" ", " # good"),
        "x y z\n" + rows(" "),
        "X;Y;Z\r\n" + rows(";"),
        "//X Y Z R G B\n3\n" + rows(" ", " 1 2 3"),
        "3\n" + rows(" "),
        rows(",", ","),
        rows("\t", "\t\tname"),
        rows(" ", " 0.5 0.5 0.5 nan"),
        rows(";").replace(".", ","),
        rows(" ").replace(".", ","),
        rows(" ").upper(),
        "name,z,x,y\n" + "\n".join(f"p{i},{z!r},{x!r},{y!r}" for i, (x, y, z) in enumerate(POINTS.tolist())),
    ],
)
def test_text_is_read_whatever_its_dialect(text: str, tmp_path: Path):
    (tmp_path / "scan.txt").write_text(text, encoding="utf-8", newline="")
    np.testing.assert_array_equal(read_cloud(tmp_path / "scan.txt").points, POINTS)


def test_text_in_the_encoding_of_windows_is_read(tmp_path: Path):
    (tmp_path / "scan.txt").write_bytes(("# für\n" + rows(" ")).encode("utf-16"))
    np.testing.assert_array_equal(read_cloud(tmp_path / "scan.txt").points, POINTS)
    (tmp_path / "scan.txt").write_bytes(("# für\n" + rows(" ")).encode("latin-1"))
    np.testing.assert_array_equal(read_cloud(tmp_path / "scan.txt").points, POINTS)


def test_normals_and_colours_are_read_where_a_header_names_them_and_never_guessed(tmp_path: Path):
    text = "1 2 3 10 20 30 0 0 1\n4 5 6 40 50 60 0 1 0\n"
    (tmp_path / "named.xyz").write_text("# X Y Z Red Green Blue Normal_X Normal_Y Normal_Z\n" + text)
    cloud = read_cloud(tmp_path / "named.xyz")
    assert cloud.colors is not None
    assert cloud.normals is not None
    np.testing.assert_array_equal(cloud.colors, [[10, 20, 30], [40, 50, 60]])
    np.testing.assert_array_equal(cloud.normals, [[0, 0, 1], [0, 1, 0]])
    (tmp_path / "bare.xyz").write_text(text)
    cloud = read_cloud(tmp_path / "bare.xyz")
    assert cloud.normals is None
    assert cloud.colors is None
    np.testing.assert_array_equal(cloud.points, [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(("suffix", "delimiter"), [(".xyz", " "), (".csv", ","), (".txt", "; "), (".pts", "\t")])
def test_six_unnamed_columns_are_points_and_normals_where_the_last_three_can_be_nothing_else(
    tmp_path: Path, suffix: str, delimiter: str
):
    points, normals = 10.0 * ball(50), ball(50)
    colors = np.abs(normals)  # of length 1, but none is negative

    def read(name: str, values: np.ndarray, last: str = "") -> Cloud:
        rows = np.hstack([points, values]).tolist()
        text = "\n".join(delimiter.join(f"{value:.4f}" for value in row) for row in rows) + last
        (tmp_path / f"{name}{suffix}").write_text(text)
        return read_cloud(tmp_path / f"{name}{suffix}")

    found = read("normals", normals).normals
    assert found is not None
    np.testing.assert_allclose(found, normals, atol=1e-4)
    assert read("colors", colors).normals is None
    assert read("other", np.where(np.arange(50)[:, None] < 49, normals, 2.0 * normals)).normals is None
    torn = read("torn", normals, "\n" + delimiter.join(["1", "2", "3"]))
    assert torn.normals is None
    assert len(torn.points) == 51


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.xyz", b"1 2 3\n4 5 6\n7 eight 9\n", "line 3: expected 3 numbers, but found '7 eight 9'"),
        ("a.xyz", b"1 2 3\n\n# c\n4 5\n", "line 4: expected 3 numbers"),
        ("a.csv", b"x,y,z\n1,2,3\n4,,6\n", "line 3"),
        ("a.xyz", b"1 2\n3 4\n", "three numbers"),
        ("a.txt", b"Dear reader,\nthis is a letter.\nYours\n", "line 2, .* three numbers"),
        ("a.txt", b"# nothing but a comment\n", "three numbers"),
        ("a.pts", b"5\n1 2 3\n4 5 6\n", "promises 5 points in its first line, but has 2"),
        ("a.xyz", b"1 2 3\n\0\0\0", "is binary"),
        ("a.npy", b"1 2 3\n", "no valid NumPy array"),
        ("a.npz", b"PK\3\4 and no more", "no valid NumPy archive"),
        ("a.pcd", b"1 2 3\n", "no PCD header"),
        (
            "a.pcd",
            b"FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 9\nHEIGHT 1\nDATA binary\n1234",
            "promises 9 points of 12 bytes",
        ),
        ("a.pcd", b"FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 2000000000000\nDATA ascii\n1 2 3\n", "promises 2000000000000"),
        ("a.pcd", b"FIELDS x y\nSIZE 4 4\nTYPE F F\nPOINTS 1\nDATA ascii\n1 2\n", "fields x, y, but not x, y and z"),
        ("a.abc", b"LASF", r"suffix \.abc, which is not read here; save it as \.ply with Blender"),
        ("a.fls", b"LASF", r"suffix \.fls, which is not read here; save it as \.e57 with FARO SCENE"),
        ("a.foo", b"LASF", r"suffix \.foo, but a point cloud is one of \.asc, \.bin, \.csv"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_that_names_the_file(name: str, content: bytes, expected: str, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=expected) as caught:
        read_cloud(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def npy_header(shape: str, dtype: str = "<f8") -> bytes:
    head = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head.encode()


@pytest.mark.parametrize(
    "content", [npy_header("(1000000000000, 3)"), npy_header("(9" + "0" * 30 + ", 3)"), npy_header("(3, 3)", "|O")]
)
def test_numpy_headers_are_not_believed(content: bytes, tmp_path: Path):
    (tmp_path / "a.npy").write_bytes(content + b"\0" * 240)
    with pytest.raises(FileError, match="no valid NumPy array file"):
        read_cloud(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("points.npy", content + b"\0" * 240)
    with pytest.raises(FileError, match="no valid NumPy archive"):
        read_cloud(tmp_path / "a.npz")


def test_numpy_arrays_are_read_by_name_and_shape(tmp_path: Path):
    half = np.array([[0.1, 0.2, -0.3], [0.5, 0.0, 1e-5]], np.float16)
    np.savez(tmp_path / "shapenet.npz", points=half, normals=half, loc=np.zeros(3), scale=1.0)
    cloud = read_cloud(tmp_path / "shapenet.npz")
    np.testing.assert_array_equal(cloud.points, half)
    assert cloud.normals is not None
    np.savez_compressed(tmp_path / "single.npz", anything=np.hstack([POINTS, POINTS]))
    np.testing.assert_array_equal(read_cloud(tmp_path / "single.npz").points, POINTS)
    np.savez(tmp_path / "two.npz", a=POINTS, b=POINTS)
    with pytest.raises(FileError, match="the arrays a, b, but none called 'points'"):
        read_cloud(tmp_path / "two.npz")
    np.save(tmp_path / "flat.npy", POINTS.reshape(-1))
    with pytest.raises(FileError, match=r"shape \(9,\)"):
        read_cloud(tmp_path / "flat.npy")


PCD_HEADER = "VERSION .7\nFIELDS _ x normal_x y normal_y z normal_z rgb\nSIZE 2 4 4 8 4 4 4 4\nTYPE U F F F F F F F\n"
PCD_HEADER += "COUNT 3 1 1 1 1 1 1 1\nWIDTH 2\nHEIGHT 2\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 4\nDATA "
PCD_ROW = np.dtype(
    [("_", "<u2", 3), ("x", "<f4"), ("nx", "<f4"), ("y", "<f8"), ("ny", "<f4"), ("z", "<f4"), ("nz", "<f4"), ("rgb", "<u4")]
)


def pcd_rows() -> np.ndarray:
    rows = np.zeros(4, PCD_ROW)
    generator = np.random.default_rng(1)
    for name in ("x", "nx", "y", "ny", "z", "nz"):
        rows[name] = generator.normal(size=4)
    rows["rgb"] = [0x010203, 0xFF0000, 0x00FF00, 0x0000FF]
    return rows


def lzf_literal(data: bytes) -> bytes:
    return b"".join(bytes([len(data[i : i + 32]) - 1]) + data[i : i + 32] for i in range(0, len(data), 32))


@pytest.mark.parametrize("encoding", ["ascii", "binary", "binary_compressed"])
def test_pcd_of_each_encoding_reads_the_same(encoding: str, tmp_path: Path):
    rows = pcd_rows()
    if encoding == "ascii":
        rgb = rows["rgb"].view("<f4")
        lines = [
            f"1 2 3 {r['x']:.9g} {r['nx']:.9g} {r['y']!r} {r['ny']} {r['z']} {r['nz']} {c:.9g}"
            for r, c in zip(rows, rgb, strict=True)
        ]
        body = "\n".join(line.replace("np.float64(", "").replace(")", "") for line in lines).encode()
    elif encoding == "binary":
        body = rows.tobytes()
    else:
        unpacked = b"".join(np.ascontiguousarray(rows[name]).tobytes() for name in PCD_ROW.names or ())
        packed = lzf_literal(unpacked)
        body = len(packed).to_bytes(4, "little") + len(unpacked).to_bytes(4, "little") + packed
    (tmp_path / "a.pcd").write_bytes((PCD_HEADER + encoding + "\n").encode() + body)
    cloud = read_cloud(tmp_path / "a.pcd")
    expected = np.stack([rows[name].astype(np.float64) for name in "xyz"], axis=1)
    np.testing.assert_allclose(cloud.points, expected, rtol=1e-8 if encoding == "ascii" else 0)
    assert cloud.colors is not None
    np.testing.assert_array_equal(cloud.colors, [[1, 2, 3], [255, 0, 0], [0, 255, 0], [0, 0, 255]])
    assert cloud.normals is not None
    np.testing.assert_allclose(cloud.normals, np.stack([rows[name] for name in ("nx", "ny", "nz")], axis=1), rtol=1e-6)


def lzf_packed(data: bytes) -> bytes:
    """Packs greedily with literals and back references, the slow and obvious way."""
    result, literal, position = bytearray(), bytearray(), 0

    def flush() -> None:
        result.extend(lzf_literal(bytes(literal)))
        literal.clear()

    while position < len(data):
        length, distance = 0, 0
        for start in range(max(0, position - 8192), position):
            run = 0
            while run < 264 and position + run < len(data) and data[start + run] == data[position + run]:
                run += 1
            if run > length:
                length, distance = run, position - start
        if length < 3:
            literal.append(data[position])
            position += 1
            continue
        flush()
        high, low = divmod(distance - 1, 256)
        result.extend([(length - 2) << 5 | high, low] if length - 2 < 7 else [7 << 5 | high, length - 9, low])
        position += length
    flush()
    return bytes(result)


@given(st.lists(st.sampled_from([b"\0" * 40, b"ab", b"abc", b"scan", b"\xff"]) | st.binary(max_size=4), max_size=40))
@settings(max_examples=80, deadline=None)
def test_lzf_undoes_packing(pieces: list[bytes]):
    data = b"".join(pieces)
    packed = lzf_packed(data)
    assert lzf.decompress(packed, len(data)) == data
    for wrong in (len(data) + 1, 10**12):
        with pytest.raises(ValueError, match="unpack"):
            lzf.decompress(packed, wrong)


@given(st.binary(max_size=60), st.integers(0, 200))
@settings(max_examples=200, deadline=None)
def test_lzf_refuses_garbage_with_one_kind_of_error(data: bytes, size: int):
    with contextlib.suppress(ValueError):
        assert len(lzf.decompress(data, size)) == size


def test_a_mesh_file_gives_its_vertices_whatever_its_faces_are(tmp_path: Path):
    (tmp_path / "a.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 99\n")
    assert len(read_cloud(tmp_path / "a.obj").points) == 3
    header = "ply\nformat ascii 1.0\nelement vertex 2\nproperty double x\nproperty double y\nproperty double z\n"
    (tmp_path / "a.ply").write_text(
        header + "element face 9\nproperty list uchar int vertex_indices\nend_header\n1 2 3\n4 5 6\n"
    )
    np.testing.assert_array_equal(read_cloud(tmp_path / "a.ply").points, [[1, 2, 3], [4, 5, 6]])


def test_rows_without_a_measurement_are_kept_by_the_reader_and_refused_by_the_check(tmp_path: Path):
    points = ball()
    points[[4, 50]] = np.nan
    points[60, 1] = np.inf
    buffer = io.BytesIO()
    np.savetxt(buffer, points)
    (tmp_path / "holes.xyz").write_bytes(buffer.getvalue())
    cloud = read_cloud(tmp_path / "holes.xyz")
    np.testing.assert_array_equal(np.isnan(cloud.points), np.isnan(points))
    with pytest.raises(CloudError, match=r"holes\.xyz: 3 of 100 points .* first is point 5\); remove them"):
        checked_points(cloud.points, cloud.source)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_points_all_around_pass_unchanged_at_any_size_and_place(scale: float, shift: float):
    points = (ball() + shift) * scale
    assert checked_points(points, "ball").tobytes() == points.tobytes()
    thin = ball() * [1.0, 1.0, 1e-4]  # a sheet a hundred times thinner than it is wide is still a solid
    checked_points((thin + shift) * scale, "sheet")


def rotation() -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("decimals", [None, 6])
@pytest.mark.parametrize(("kept", "expected"), [([0, 0, 0], "coincide"), ([1, 0, 0], "one line"), ([1, 1, 0], "one plane")])
def test_flat_clouds_are_refused_in_any_direction(scale: float, decimals: int | None, kept: list[int], expected: str):
    points = (ball(1000) * kept) @ rotation().T + [0.1, 0.2, 0.3]
    if decimals is not None:
        points = points.round(decimals)
    with pytest.raises(CloudError, match=f"flat: all points .*{expected}"):
        checked_points(points * scale, "flat")


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (ball(31), "31 points are too few .* at least 32"),
        (np.empty((0, 3)), "0 points are too few"),
        (ball(40)[:, :2], r"shape \(N, 3\), but have \(40, 2\)"),
        (ball(40) * 1e308 * 1.7, "too large"),
    ],
)
def test_what_cannot_become_a_solid_is_refused(points: np.ndarray, expected: str):
    with pytest.raises(CloudError, match=expected):
        checked_points(points, "scan.ply")


def test_a_cloud_is_checked_and_nobody_else_can_change_it():
    points = ball(10)
    cloud = Cloud(points)
    points[0] = 7.0
    assert not (cloud.points[0] == 7.0).any()
    with pytest.raises(ValueError, match="read-only"):
        cloud.points[0] = 1.0
    with pytest.raises(CloudError, match=r"normals must have shape \(10, 3\)"):
        Cloud(points, normals=points[:5])
