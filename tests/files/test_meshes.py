"""Meshes survive the way to disk and back; other programs' files read as trimesh reads them; damaged ones are named."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from trimesh.visual import ColorVisuals

from occnet.errors import FileError, MeshError
from occnet.files import check_mesh_destination, read_cloud, read_mesh, write_mesh
from occnet.mesh import Mesh

EXACT = (".ply", ".obj", ".off")
ALL = (*EXACT, ".stl", ".glb")


def icosphere(center: tuple[float, float, float] = (0.0, 0.0, 0.0), radius: float = 0.7) -> Mesh:
    sphere = trimesh.creation.icosphere(subdivisions=2, radius=radius)
    return Mesh(sphere.vertices + np.asarray(center), sphere.faces)


def canonical(triangles: np.ndarray) -> np.ndarray:
    """Triangles (F, 3, 3) in an order that depends on neither the faces' order nor the corner each begins with."""
    keys = [np.lexsort(corners.T[::-1])[0] for corners in triangles]
    turned = np.stack([np.roll(corners, -first, axis=0) for corners, first in zip(triangles, keys, strict=True)])
    flat = turned.reshape(-1, 9)
    return flat[np.lexsort(flat.T[::-1])]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the files of many examples, none of which waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield tmp_path_factory.mktemp("meshes")


@st.composite
def meshes(draw: st.DrawFn) -> Mesh:
    count = draw(st.integers(3, 12))
    finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
    vertices = draw(hnp.arrays(np.float64, (count, 3), elements=finite))
    faces = draw(hnp.arrays(np.int64, st.tuples(st.integers(1, 8), st.just(3)), elements=st.integers(0, count - 1)))
    colors = draw(st.none() | hnp.arrays(np.uint8, (count, 3)))
    normals = draw(st.none() | hnp.arrays(np.float64, (count, 3), elements=finite))
    return Mesh(vertices, faces, normals, colors)


@pytest.mark.parametrize("suffix", EXACT)
@given(mesh=meshes())
@settings(max_examples=30, deadline=None)
def test_every_bit_of_the_coordinates_comes_back(suffix: str, folder: Path, mesh: Mesh):
    path = folder / f"mesh{suffix}"
    write_mesh(path, mesh)
    back = read_mesh(path)
    assert back.vertices.tobytes() == mesh.vertices.tobytes()  # signs of zeros and denormals included
    np.testing.assert_array_equal(back.faces, mesh.faces)
    if mesh.colors is not None:
        assert back.colors is not None
        np.testing.assert_array_equal(back.colors, mesh.colors)
    if mesh.normals is not None and suffix in (".ply", ".off"):
        assert back.normals is not None
        assert back.normals.tobytes() == mesh.normals.tobytes()


@pytest.mark.parametrize("suffix", ALL)
def test_a_closed_mesh_comes_back_closed_and_outward(suffix: str, tmp_path: Path):
    mesh = icosphere()
    write_mesh(tmp_path / f"ball{suffix}", mesh)
    back = read_mesh(tmp_path / f"ball{suffix}")
    assert len(back.vertices) == len(mesh.vertices)
    assert back.volume == pytest.approx(mesh.volume, rel=1e-6)
    np.testing.assert_allclose(canonical(back.triangles), canonical(mesh.triangles), atol=1e-7)


@pytest.mark.parametrize("distance", [0.0, 1e3, 1e6, 1e9])
def test_glb_keeps_its_precision_far_from_the_origin(distance: float, tmp_path: Path):
    mesh = icosphere(center=(distance, -2 * distance, 0.5 * distance))
    write_mesh(tmp_path / "far.glb", mesh)
    back = read_mesh(tmp_path / "far.glb")
    rounding = 1e-7 + 4 * np.spacing(2 * distance)  # of single precision within, of double precision outside
    np.testing.assert_allclose(back.vertices, mesh.vertices, rtol=0, atol=rounding)
    other = trimesh.load_scene(tmp_path / "far.glb").to_mesh()  # and so do other programs
    assert np.abs(other.bounds - mesh.bounds).max() <= rounding


def test_glb_brings_normals_and_colours(tmp_path: Path):
    plain = icosphere(center=(500.0, 0.0, 0.0))
    normals = (plain.vertices - [500.0, 0.0, 0.0]) / 0.7
    colors = np.random.default_rng(0).integers(0, 256, plain.vertices.shape, np.uint8)
    write_mesh(tmp_path / "ball.glb", Mesh(plain.vertices, plain.faces, normals, colors))
    back = read_mesh(tmp_path / "ball.glb")
    assert back.colors is not None
    np.testing.assert_array_equal(back.colors, colors)
    assert back.normals is not None
    np.testing.assert_allclose(back.normals, normals, atol=1e-6)


@pytest.mark.parametrize("suffix", [".ply", ".obj", ".glb"])
def test_other_programs_find_colours_and_normals(suffix: str, tmp_path: Path):
    """trimesh, which finds colours in all but OFF, and hands on normals of PLY alone, as they stand there."""
    plain = icosphere()
    colors = np.random.default_rng(1).integers(0, 256, plain.vertices.shape, np.uint8)
    tilted = np.roll(plain.vertices / 0.7, 1, axis=1)  # such as nobody would make up from the faces
    write_mesh(tmp_path / f"ball{suffix}", Mesh(plain.vertices, plain.faces, tilted, colors))
    other = trimesh.load_mesh(tmp_path / f"ball{suffix}", process=False, maintain_order=True)
    visual = other.visual
    assert isinstance(visual, ColorVisuals)
    np.testing.assert_array_equal(np.asarray(visual.vertex_colors)[:, :3], colors)
    if suffix == ".ply":
        columns = other.metadata["_ply_raw"]["vertex"]["data"]
        np.testing.assert_array_equal(np.column_stack([columns[name] for name in ("nx", "ny", "nz")]), tilted)
    if suffix == ".obj":
        lines = (tmp_path / "ball.obj").read_text().splitlines()
        normals = [[float(word) for word in line.split()[1:]] for line in lines if line.startswith("vn ")]
        np.testing.assert_array_equal(normals, tilted)
        assert lines[-1].replace("//", " ").split()[1::2] == lines[-1].replace("//", " ").split()[2::2]  # of its own vertex


@pytest.mark.parametrize("extras", ["", "n", "c", "cn"])
def test_other_programs_find_the_shape_in_every_kind_of_off(extras: str, tmp_path: Path):
    plain = icosphere()
    colors = np.full(plain.vertices.shape, 77, np.uint8) if "c" in extras else None
    write_mesh(tmp_path / "ball.off", Mesh(plain.vertices, plain.faces, plain.vertices if "n" in extras else None, colors))
    assert (tmp_path / "ball.off").read_text().startswith(f"{extras.upper()}OFF\n")
    other = trimesh.load_mesh(tmp_path / "ball.off", process=False)
    np.testing.assert_array_equal(other.vertices, plain.vertices)
    np.testing.assert_array_equal(other.faces, plain.faces)


def test_stl_refuses_to_spoil_a_mesh_far_away(tmp_path: Path):
    with pytest.raises(FileError, match=r"steps of 0\.5 this far .* write \.ply"):
        write_mesh(tmp_path / "far.stl", icosphere(center=(5_648_349.0, 0.0, 0.0)))
    assert not list(tmp_path.iterdir())
    write_mesh(tmp_path / "near.stl", icosphere(center=(50.0, 0.0, 0.0)))


def test_an_empty_mesh_is_not_written(tmp_path: Path):
    with pytest.raises(MeshError, match="no faces"):
        write_mesh(tmp_path / "nothing.ply", Mesh(np.empty((0, 3)), np.empty((0, 3), np.int64)))
    assert not list(tmp_path.iterdir())


def cube_quads() -> tuple[np.ndarray, list[list[int]]]:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    return corners, [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]


def ply_of(order: str, faces: list[list[int]], extra: bool) -> bytes:
    """A cube with the given polygons, float x, double y, short z and a colour between, in one of the three encodings."""
    corners, _ = cube_quads()
    name = {"<": "binary_little_endian", ">": "binary_big_endian", "": "ascii"}[order]
    header = f"ply\r\nformat {name} 1.0\r\ncomment made by hand\r\nelement vertex 8\r\n"
    header += "property float x\r\nproperty uchar red\r\nproperty double y\r\nproperty short z\r\n"
    header += f"element face {len(faces)}\r\nproperty list uchar uint vertex_index\r\n"
    header += "property list uint8 float texcoord\r\nproperty int group\r\n" if extra else ""
    body = b""
    for x, y, z in corners:
        body += f"{x} 7 {y} {int(z)}\r\n".encode() if order == "" else struct.pack(f"{order}fBdh", x, 7, y, int(z))
    for number, face in enumerate(faces):
        if order == "":
            body += " ".join(
                map(str, [len(face), *face, *([number % 3, *[0.5] * (number % 3), number] if extra else [])])
            ).encode()
            body += b"\r\n"
        else:
            body += struct.pack(f"{order}B{len(face)}I", len(face), *face)
            if extra:
                body += struct.pack(f"{order}B{number % 3}fi", number % 3, *[0.5] * (number % 3), number)
    return header.encode() + b"end_header\r\n" + body


@pytest.mark.parametrize("order", ["", "<", ">"])
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("extra", [False, True])
def test_ply_of_quads_triangles_and_lists_between_is_a_cube(order: str, mixed: bool, extra: bool, tmp_path: Path):
    _, quads = cube_quads()
    faces = [part for q in quads[:3] for part in ([q[0], q[1], q[2]], [q[0], q[2], q[3]])] + quads[3:] if mixed else quads
    (tmp_path / "cube.ply").write_bytes(ply_of(order, faces, extra))
    mesh = read_mesh(tmp_path / "cube.ply")
    assert mesh.volume == pytest.approx(1.0, abs=1e-12)
    assert mesh.area == pytest.approx(6.0, abs=1e-12)
    assert len(mesh.vertices) == 8


@pytest.mark.parametrize("order", ["", "<", ">"])
def test_every_ply_that_is_cut_off_is_refused(order: str, tmp_path: Path):
    whole = ply_of(order, cube_quads()[1], extra=False)
    last = len(whole) - (3 if order == "" else 0)  # in text, the last digit and the line end may go unnoticed
    for size in {*range(1, last, 7), *range(last - 12, last)}:
        (tmp_path / "cut.ply").write_bytes(whole[:size])
        with pytest.raises(FileError, match=r"cut\.ply"):
            read_mesh(tmp_path / "cut.ply")


@pytest.mark.parametrize("element", ["vertex", "face", "other"])
@pytest.mark.parametrize("count", [1 << 31, 10**12, 10**15 - 1])
@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
def test_a_ply_header_that_promises_billions_is_refused(element: str, count: int, encoding: str, tmp_path: Path):
    header = f"ply\nformat {encoding} 1.0\nelement other {count if element == 'other' else 0}\nproperty uchar a\n"
    header += f"element vertex {count if element == 'vertex' else 0}\nproperty float x\nproperty float y\nproperty float z\n"
    header += f"element face {count if element == 'face' else 0}\nproperty list uchar int vertex_indices\nend_header\n"
    (tmp_path / "big.ply").write_text(header + "0 0 0\n")
    with pytest.raises(FileError, match=f"promises {count} rows of '{element}'"):
        read_mesh(tmp_path / "big.ply")


def test_obj_keeps_a_closed_mesh_closed_across_texture_seams_and_counts_negative_indices_from_their_line(tmp_path: Path):
    corners, quads = cube_quads()
    lines = ["mtllib ../../secret.mtl", "vt 0 0", "vt 1 1", "vn 0 0 1"]
    for shift in (0.0, 5.0):  # two cubes, the faces of each by negative indices right behind its vertices
        lines += [f"v {x + shift} {y}\t{z} # corner" for x, y, z in corners] + ["o part", "s off", "usemtl none"]
        lines += [f"f {' '.join(f'{i - 8}/{1 + i % 2}/1' for i in q)}" for q in quads[:5]]
        a, b, c, d = (i - 8 for i in quads[5])
        lines.append(f"f {a}//1 {b} \\\n {c}/2 {d}/")
    (tmp_path / "cubes.obj").write_text("\r\n".join(lines), newline="")
    mesh = read_mesh(tmp_path / "cubes.obj")
    assert len(mesh.vertices) == 16
    assert mesh.volume == pytest.approx(2.0, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.ply", b"1 2 3\n4 5 6\n", "does not begin with the word 'ply'"),
        ("a.ply", b"ply\nformat ascii 1.0\nelement vertex 3\n", "end_header"),
        ("a.ply", b"ply\nformat ascii 1.0\nproperty float x\nend_header\n", "line 3: 'property float x'"),
        ("a.ply", b"ply\nformat ascii 1.0\nelement vertex -4\nend_header\n", "line 3"),
        ("a.ply", b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n", "no vertices with x, y and z"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", "line 4: .* not among the 3"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1\\\n 0\nf 1 2 4\\", "line 6: .* not among the 3"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 0\n", "line 4: .* not among the 3"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -4\n", "line 4: .* not among the 3"),
        ("a.obj", b"v 0 0 0\nv 1 0 zero\nv 0 1 0\nf 1 2 3\n", "line 2: expected 3 numbers, but found '1 0 zero'"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 nan 0\nf 1 2 3\n", "finite"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3x\n", "line 4: expected a face"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 " + b"9" * 5000, "line 4: expected a face"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "0 to 3"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n2 0 1\n", "line 6: expected a number of corners"),
        ("a.off", b"OFF\n300000000000 1 0\n0 0 0\n", "promises 300000000000 vertices"),
        ("a.off", b"OFF BINARY\n", "is binary, which is not read; save it as .ply"),
        ("a.off", b"4OFF\n3 1 0\n", "another number of dimensions"),
        ("a.off", b"OFFICE\n3 1 0\n", "does not begin with the word 'OFF'"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n1 0\n0 1 0\n3 0 1 2\n", "line 4: expected 3 numbers, but found '1 0'"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0\n1\n", "line 6: expected a number of corners"),
        ("a.off", b"OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0\n1 2 255 0 0\n", "promises 2 faces, but ends after 1"),
        ("a.off", b"OFF 3 1\n0 0 0 1 0 0\n0 1 0 3 0 x 2\n", "expected whole numbers, but found '0 x 2'"),
        ("a.stl", b"x" * 83, "neither text STL nor binary"),
        ("a.stl", b"x" * 80 + b"\xff\xff\xff\xff" + b"x" * 50, "4294967295 facets"),
        ("a.stl", b"solid vertex\nfacet normal 0 0 0\nvertex 0 0 0\nvertex 1 0 0\nendfacet\n", "line 5: .* three vertices"),
        ("a.stl", b"solid a\nfacet\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendfacet\n", "does not end"),
        ("a.glb", b"glTF\2\0\0\0", "not valid glTF"),
        ("a.gltf", b"[]", "not valid glTF"),
        ("a.gltf", b"[" * 100_000, "not valid glTF"),
        ("a.xyz", b"1 2 3\n", r"suffix \.xyz, but a mesh is one of \.glb, \.gltf, \.obj, \.off, \.ply, \.stl"),
        ("a", b"1 2 3\n", "no suffix"),
        ("a.ply", b"", r"empty \(0 bytes\)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence_that_names_the_file(name: str, content: bytes, expected: str, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=expected) as caught:
        read_mesh(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path):
    with pytest.raises(FileError, match=r"There is no file .*none\.ply"):
        read_mesh(tmp_path / "none.ply")
    (tmp_path / "folder.ply").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        read_mesh(tmp_path / "folder.ply")
    for impossible in ("a\0.ply", "a" * 10_000 + ".ply"):
        with pytest.raises(FileError):
            read_mesh(impossible)


def test_destinations_are_judged_before_the_work(tmp_path: Path):
    assert check_mesh_destination(tmp_path / "mesh.PLY") == ".ply"
    with pytest.raises(FileError, match=r"suffix \.xyz"):
        check_mesh_destination(tmp_path / "mesh.xyz")
    with pytest.raises(FileError, match="does not exist; create it"):
        check_mesh_destination(tmp_path / "nowhere" / "mesh.ply")


@pytest.mark.parametrize("who", ["Müller", "Åsa", "Михаил", "全部", "line\u2028end", "form\x0cfeed"])
def test_lines_end_at_line_ends_alone(who: str, tmp_path: Path):
    body = "element vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1\n"
    body += "property list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
    texts = {"a.ply": f"ply\nformat ascii 1.0\ncomment made by {who}\n{body}"}
    texts["a.off"] = f"OFF # made by {who}\n3 1 0\n0 0 0\n1 0 0 # {who}\n0 1 0\n3 0 1 2\n"
    texts["a.obj"] = f"# made by {who}\no {who}\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode())
        assert read_mesh(tmp_path / name).area == 0.5, name
    (tmp_path / "a.pcd").write_bytes(
        f"# by {who} COUNT 9\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 1\nHEIGHT 1\nDATA ascii\n1 2 3\n".encode()
    )
    (tmp_path / "a.csv").write_bytes(f"x,y,z,name\n1,2,3,{who}\n".encode())
    for name in ("a.pcd", "a.csv"):
        np.testing.assert_array_equal(read_cloud(tmp_path / name).points, [[1, 2, 3]])


def test_a_comment_of_an_obj_that_ends_in_a_backslash_ends_with_its_line(tmp_path: Path):
    lines = ["# exported to C:\\models\\", "v 0 0 0 # from C:\\models\\", "v 1 0 \\", "0", "v 0 1 \\", "0 # C:\\", "v 0 0 1"]
    (tmp_path / "a.obj").write_text("\n".join([*lines, "f 1 2 3", "f 1 4 2"]))
    np.testing.assert_array_equal(read_mesh(tmp_path / "a.obj").vertices, [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    "header",
    [
        "PLY\nformat ascii 1.0\n",
        "ply\nformat ascii\n",
        "ply\nformat ascii 1.0\ncreated by a program\nTextureFile a.png\n\nobj_info made\n",
        "ply \nformat ascii 1.0 of 1994\ncomment\n",
    ],
)
def test_ply_header_lines_of_other_programs_are_no_obstacle(header: str, tmp_path: Path):
    body = "element vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1 \n"
    body += "property list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
    (tmp_path / "a.ply").write_text(header + body)
    assert read_mesh(tmp_path / "a.ply").area == 0.5


def test_a_ply_header_of_many_properties_takes_a_time_in_proportion(tmp_path: Path):
    def seconds(count: int) -> float:
        names = "".join(f"property char p{number}\n" for number in range(count))
        (tmp_path / "a.ply").write_text(f"ply\nformat ascii 1.0\nelement vertex 1\n{names}end_header\n{'0 ' * count}\n")
        start = time.process_time()
        with pytest.raises(FileError, match="no vertices with x, y and z"):
            read_mesh(tmp_path / "a.ply")
        return time.process_time() - start

    assert seconds(32_000) < 2.0  # 20 seconds where each was compared with all before it


def test_a_ply_property_that_comes_twice_is_named(tmp_path: Path):
    text = "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float x\nend_header\n1 2 3\n"
    (tmp_path / "a.ply").write_text(text)
    with pytest.raises(FileError, match="line 6: 'property float x'"):
        read_mesh(tmp_path / "a.ply")
