"""glTF: every mesh in its place, whatever the form of its numbers; what would be read wrong or fill memory is refused."""

from __future__ import annotations

import base64
import json
import logging
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet.errors import FileError
from occnet.files import read_cloud, read_mesh, write_mesh
from occnet.mesh import Mesh


def gltf_triangle(**changes: object) -> dict:
    """A .gltf tree of one triangle whose buffer is beside it as data.bin."""
    tree = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"uri": "data.bin", "byteLength": 36}],
    }
    return {**tree, **changes}


def test_gltf_reads_its_buffer_from_beside_it_and_from_nowhere_else(tmp_path: Path):
    folder = tmp_path / "model"
    folder.mkdir()
    triangle = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    (folder / "data.bin").write_bytes(triangle)
    (tmp_path / "data.bin").write_bytes(triangle)
    (folder / "a.gltf").write_text(json.dumps(gltf_triangle()))
    assert read_mesh(folder / "a.gltf").area == pytest.approx(0.5)
    for uri in ("../data.bin", "%2e%2e/data.bin", str(tmp_path / "data.bin")):
        (folder / "a.gltf").write_text(json.dumps(gltf_triangle(buffers=[{"uri": uri, "byteLength": 36}])))
        with pytest.raises(FileError, match="outside its folder"):
            read_mesh(folder / "a.gltf")
    (folder / "a.gltf").write_text(json.dumps(gltf_triangle(buffers=[{"uri": "http://host/data.bin", "byteLength": 36}])))
    with pytest.raises(FileError, match="not beside it"):
        read_mesh(folder / "a.gltf")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"accessors": [{"componentType": 5126, "count": 3, "type": "VEC3"}]}, "holds compressed"),
        ({"accessors": [{"bufferView": 0, "componentType": 5130, "count": 3, "type": "VEC3"}]}, "not valid"),
        (
            {"accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC2"}]},
            "is VEC2, where VEC3 is needed",
        ),
        (
            {"accessors": [{"bufferView": 0, "componentType": 5126, "count": 10**10, "type": "VEC3"}]},
            "promises 10000000000 values",
        ),
        ({"meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "mode": 7}]}]}, "mode 7"),
        ({"extensionsRequired": ["KHR_draco_mesh_compression"]}, r"KHR_draco_mesh_compression, .* with gltf-transform cp"),
        (
            {
                "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "extensions": {"KHR_draco_mesh_compression": {}}}]}],
                "accessors": [{"componentType": 5126, "count": 3, "type": "VEC3"}],
            },
            r"KHR_draco_mesh_compression, .* with gltf-transform cp",
        ),
        ({"nodes": [{"mesh": 0, "children": [0]}]}, "more than one parent"),
        ({"nodes": []}, "not valid .* no number 0 of its nodes"),
        ({"nodes": [{"mesh": [0]}]}, r"\(\[0\] is no number of one of its meshes\)"),
        ({"meshes": [{}]}, r"\(a part that it needs is missing or misplaced\)"),
        ({"accessors": [{"bufferView": 0, "componentType": 5126, "count": -3, "type": "VEC3"}]}, "-3 stands where"),
        ({"bufferViews": [{"buffer": 0, "byteOffset": 30, "byteLength": 36}]}, "not valid"),
        ({"bufferViews": [{"buffer": 0, "byteStride": 2, "byteLength": 16}]}, "12 bytes every 2"),
    ],
)
def test_gltf_that_would_be_read_wrong_is_refused(changes: dict, expected: str, tmp_path: Path):
    (tmp_path / "data.bin").write_bytes(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes())
    (tmp_path / "a.gltf").write_text(json.dumps(gltf_triangle(**changes)))
    with pytest.raises(FileError, match=expected):
        read_mesh(tmp_path / "a.gltf")


def test_a_gltf_node_that_mirrors_keeps_the_faces_outward(tmp_path: Path):
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.icosphere(), transform=np.diag([-1.0, 2.0, 1.0, 1.0]))
    scene.export(tmp_path / "mirror.glb")
    assert read_mesh(tmp_path / "mirror.glb").volume == pytest.approx(2.0 * trimesh.creation.icosphere().volume, rel=1e-6)


def test_reading_a_mesh_leaves_the_loggers_of_others_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    ball = trimesh.creation.icosphere()
    write_mesh(tmp_path / "ball.glb", Mesh(ball.vertices, ball.faces))
    read_mesh(tmp_path / "ball.glb")
    logging.getLogger("trimesh").warning("still heard")
    assert "still heard" in caplog.text


def gltf_of(positions: np.ndarray, **primitive: object) -> dict:
    """A .gltf tree, buffer and all, of one primitive."""
    data = np.ascontiguousarray(positions).tobytes()
    kind = {"<f4": 5126, "|i1": 5120, "<u2": 5123}[positions.dtype.str]
    accessor = {"bufferView": 0, "componentType": kind, "count": len(positions), "type": "VEC3", "normalized": kind != 5126}
    return gltf_triangle(
        meshes=[{"primitives": [{"attributes": {"POSITION": 0}, **primitive}]}],
        accessors=[accessor],
        bufferViews=[{"buffer": 0, "byteLength": len(data)}],
        buffers=[{"uri": "data:;base64," + base64.b64encode(data).decode(), "byteLength": len(data)}],
    )


def test_gltf_fans_strips_quantised_and_sparse_positions_are_read(tmp_path: Path):
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "<f4")

    def read(tree: dict) -> Mesh:
        (tmp_path / "a.gltf").write_text(json.dumps(tree))
        mesh = read_mesh(tmp_path / "a.gltf")
        assert (mesh.face_normals[:, 2] == 1.0).all()
        return mesh

    assert read(gltf_of(square, mode=6)).area == 1.0
    assert read(gltf_of(square[[0, 1, 3, 2]], mode=5)).area == 1.0
    assert read(gltf_of((127 * square).astype("|i1"), mode=6)).area == 1.0
    wide = np.zeros((4, 4), "<u2")  # rows of a multiple of four bytes, as the format asks
    wide[:, :3] = 65535 * square
    tree = gltf_of(wide[:, :3], mode=6)
    tree["buffers"][0]["uri"] = "data:;base64," + base64.b64encode(wide.tobytes()).decode()
    tree["bufferViews"] = [{"buffer": 0, "byteLength": 32, "byteStride": 8}]
    assert read(tree).area == 1.0
    tree = gltf_of(square[2:], mode=6)  # two positions, and where they stand among zeros
    tree["buffers"][0]["uri"] = "data:;base64," + base64.b64encode(square[2:].tobytes() + bytes([2, 3])).decode()
    tree["bufferViews"] = [{"buffer": 0, "byteLength": 24}, {"buffer": 0, "byteOffset": 24, "byteLength": 2}]
    sparse = {"count": 2, "indices": {"bufferView": 1, "componentType": 5121}, "values": {"bufferView": 0}}
    tree["accessors"] = [{"componentType": 5126, "count": 4, "type": "VEC3", "sparse": sparse}]
    (tmp_path / "a.gltf").write_text(json.dumps(tree))
    np.testing.assert_array_equal(read_cloud(tmp_path / "a.gltf").points, [[0, 0, 0], [1, 1, 0], [0, 1, 0]])


def test_a_chain_of_gltf_nodes_takes_a_time_in_proportion(tmp_path: Path):
    count = 3000  # 200 took half a minute where each asked its way to the root
    nodes = [{"mesh": 0, "translation": [0.5, 0, 0], "children": [number + 1]} for number in range(count)]
    tree = gltf_of(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4"))
    (tmp_path / "a.gltf").write_text(json.dumps({**tree, "nodes": [*nodes, {"mesh": 0, "rotation": [0, 0, 0, 2]}]}))
    start = time.process_time()
    mesh = read_mesh(tmp_path / "a.gltf")
    assert time.process_time() - start < 5.0
    assert len(mesh.faces) == count + 1
    assert mesh.bounds[1, 0] == 0.5 * count + 1


def test_gltf_that_places_a_mesh_too_often_is_refused_before_it_is_placed(tmp_path: Path):
    count = 10_000
    tree = gltf_of(np.zeros((30_000, 3), "<f4"))
    tree |= {"nodes": [{"mesh": 0}] * count, "scenes": [{"nodes": list(range(count))}]}
    (tmp_path / "a.gltf").write_text(json.dumps(tree))
    tracemalloc.start()
    with pytest.raises(FileError, match=r"would fill 8\.9 GiB .* more than the 2 that are allowed; set .* OCCNET_READ_LIMIT"):
        read_mesh(tmp_path / "a.gltf")
    assert tracemalloc.get_traced_memory()[1] < 300 << 20
    tracemalloc.stop()
