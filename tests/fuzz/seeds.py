"""Small whole files of every format that is read, each with what opens it: what is damaged by the fuzz test."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import trimesh
from PIL import Image
from safetensors.torch import save

from occnet.data.dataset_files import FORMAT
from occnet.data.shards import ShapeSamples, to_fixed, write_shard
from occnet.files import Cloud, write_cloud, write_mesh
from occnet.files.formats.binvox import VoxelGrid, write_binvox
from occnet.mesh import Mesh
from occnet.networks.registry import build_network
from tests.published_writing import PublishedShape, write_published

NETWORK = '[encoder]\nname = "pointnet"\nhidden_channels = 4\ncode_channels = 4\n[decoder]\nname = "conditional_batch_norm"\n'
RECIPE = """[data]
datasets = ["procedural"]
shares = [1.0]
validation = "procedural"
[encoder]
name = "neighbourhood_grid"
[decoder]
name = "nearest_points"
[training]
steps = 6
learning_rate = 1e-3
pictures = 0
"""
SETTINGS = """data:
  padding: 0.1
  classes: ['02691156', "b"]
model:
  encoder: pointnet_local_pool
  encoder_kwargs: {hidden_dim: 32, plane_type: ['xz', 'xy', 'yz'], plane_resolution: 64, unet: true}
test:
  threshold: 0.2
"""


@dataclass(frozen=True)
class Seed:
    """Files that belong together, which of them is damaged, and what is opened then by which door."""

    door: str
    files: Mapping[str, bytes]
    damaged: str
    opened: str  # "" for the folder that they are in
    weight: float = 1.0  # how often it is drawn beside others

    @property
    def name(self) -> str:
        return f"{self.door}:{self.damaged}"


def made_seeds(folder: Path) -> list[Seed]:
    """All seeds, made in an empty folder; the same ones each time."""
    seeds = [*_clouds(folder), *_meshes(folder), *_pictures(folder), *_grids(folder), *_texts()]
    return [*seeds, *_models(), *_datasets(folder)]


def _alone(door: str, path: Path, weight: float = 1.0) -> Seed:
    return Seed(door, {path.name: path.read_bytes()}, path.name, path.name, weight)


def _clouds(folder: Path) -> Iterator[Seed]:
    generator = np.random.default_rng(0)
    points, normals = generator.normal(size=(2, 40, 3))
    colors = generator.integers(0, 256, (40, 3), np.uint8)
    for suffix in ("ply", "pcd", "npy", "npz", "xyz", "csv"):
        write_cloud(folder / f"cloud.{suffix}", Cloud(points, normals, colors))
        yield _alone("cloud", folder / f"cloud.{suffix}")
    rows = "\n".join(" ".join(f"{value:.5f}" for value in point) for point in points)
    xyz = "property float x\nproperty float y\nproperty float z\n"
    text = f"ply\nformat ascii 1.0\ncomment of a test\nelement vertex 40\n{xyz}end_header\n{rows}\n"
    yield Seed("cloud", {"text.ply": text.encode()}, "text.ply", "text.ply")
    big = f"ply\nformat binary_big_endian 1.0\nelement vertex 40\n{xyz}property list uchar int rest\nend_header\n".encode()
    big += b"".join(point.astype(">f4").tobytes() + b"\1\0\0\0\7" for point in points)
    yield Seed("cloud", {"big.ply": big}, "big.ply", "big.ply")
    head = "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 40\nHEIGHT 1\n"
    head += "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 40\n"
    yield Seed("cloud", {"text.pcd": f"{head}DATA ascii\n{rows}\n".encode()}, "text.pcd", "text.pcd")
    body = points.T.astype("<f4").tobytes()
    packed = b"".join(bytes([len(part) - 1]) + part for part in (body[at : at + 32] for at in range(0, len(body), 32)))
    lengths = len(packed).to_bytes(4, "little") + len(body).to_bytes(4, "little")
    yield Seed("cloud", {"lzf.pcd": f"{head}DATA binary_compressed\n".encode() + lengths + packed}, "lzf.pcd", "lzf.pcd")
    place = "0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"
    ptx = f"5\n8\n{place}" + "".join(f"{row} 0.5 1 2 3\n" for row in rows.split("\n"))
    yield Seed("cloud", {"a.ptx": ptx.encode()}, "a.ptx", "a.ptx")
    header = '# X (m);Y (m);"Z, up";Intensity\n' + rows.replace(" ", ";").replace("\n", ";1\n") + ";1\n"
    yield Seed("cloud", {"a.txt": header.encode()}, "a.txt", "a.txt")
    yield Seed("cloud", {"a.bin": np.c_[points, np.ones(40)].astype("<f4").tobytes()}, "a.bin", "a.bin")
    yield from _scanner_files(folder, points)


def _scanner_files(folder: Path, points: np.ndarray) -> Iterator[Seed]:
    """Of formats whose libraries are an extra; few are drawn, for .laz and .e57 are read in a process of their own."""
    if importlib.util.find_spec("laspy") and importlib.util.find_spec("lazrs"):
        import laspy

        las = laspy.LasData(laspy.LasHeader(point_format=3, version="1.2"))
        las.x, las.y, las.z = points.T
        for suffix, weight in ((".las", 0.5), (".laz", 0.02)):
            las.write(str(folder / f"a{suffix}"))
            yield _alone("cloud", folder / f"a{suffix}", weight)
    if importlib.util.find_spec("pye57"):
        import pye57

        file = pye57.E57(str(folder / "a.e57"), mode="w")
        file.write_scan_raw(
            {f"cartesian{axis}": np.ascontiguousarray(column) for axis, column in zip("XYZ", points.T, strict=True)}
        )
        file.close()
        yield _alone("cloud", folder / "a.e57", 0.02)


def _meshes(folder: Path) -> Iterator[Seed]:
    ball = trimesh.creation.icosphere(subdivisions=1)
    mesh = Mesh(ball.vertices, ball.faces)
    for suffix in ("ply", "obj", "off", "stl", "glb"):
        write_mesh(folder / f"mesh.{suffix}", mesh)
        yield _alone("mesh", folder / f"mesh.{suffix}")
    (folder / "text.stl").write_text(str(ball.export(file_type="stl_ascii")))
    yield _alone("mesh", folder / "text.stl")
    tree = _gltf(mesh)
    yield Seed("mesh", {"a.gltf": json.dumps(tree).encode()}, "a.gltf", "a.gltf", 3.0)
    corners = "\n".join(f"f {a}/1 {b}/2 {c}/3" for a, b, c in (mesh.faces[:20] + 1).tolist())
    vertices = "\n".join(f"v {x} {y} {z}" for x, y, z in mesh.vertices.tolist())
    obj = f"# C:\\models\\\nmtllib a.mtl\n{vertices}\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl red\n{corners}\n"
    stream = io.BytesIO()
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save(stream, "PNG")
    files = {"a.obj": obj.encode(), "a.mtl": b"newmtl red\nKd 1 0 0\nmap_Kd a.png\n", "a.png": stream.getvalue()}
    for name in files:
        yield Seed("mesh", files, name, "a.obj")
    bundle = {"vertices": np.r_[mesh.vertices, mesh.vertices], "faces": np.r_[mesh.faces, mesh.faces]}
    bundle |= {"vertex_offsets": np.array([0, 42, 84]), "face_offsets": np.array([0, 80, 160]), "names": np.array(["a", "a"])}
    np.savez_compressed(folder / "bundle.npz", allow_pickle=False, **bundle)
    yield _alone("meshes", folder / "bundle.npz", 2.0)
    with zipfile.ZipFile(folder / "meshes.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chairs/a.obj", obj)
        archive.writestr("chairs/a.mtl", files["a.mtl"])
        archive.write(folder / "mesh.stl", "b.stl")
        archive.write(folder / "bundle.npz", "inner/bundle.npz")
    yield _alone("meshes", folder / "meshes.zip", 2.0)


def _gltf(mesh: Mesh) -> dict[str, object]:
    vertices, faces = mesh.vertices.astype("<f4").tobytes(), mesh.faces.astype("<u2").tobytes()
    uri = "data:application/octet-stream;base64," + base64.b64encode(vertices + faces).decode()
    views = [{"buffer": 0, "byteLength": len(vertices)}]
    views += [{"buffer": 0, "byteOffset": len(vertices), "byteLength": len(faces)}]
    accessors = [{"bufferView": 0, "componentType": 5126, "count": len(mesh.vertices), "type": "VEC3"}]
    accessors += [{"bufferView": 1, "componentType": 5123, "count": mesh.faces.size, "type": "SCALAR"}]
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"children": [1], "translation": [1, 0, 0]}, {"mesh": 0, "rotation": [0, 0, 0, 1], "scale": [1, 2, 1]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(vertices + faces), "uri": uri}],
    }


def _pictures(folder: Path) -> Iterator[Seed]:
    generator = np.random.default_rng(0)
    photo = Image.fromarray(generator.integers(0, 256, (12, 16, 3), np.uint8))
    for suffix in ("png", "jpg", "webp", "bmp", "tiff"):
        photo.save(folder / f"photo.{suffix}")
        yield _alone("picture", folder / f"photo.{suffix}")
    Image.fromarray(generator.integers(500, 900, (12, 16)).astype(np.uint16)).save(folder / "depth.png")
    yield _alone("depth", folder / "depth.png")
    np.save(folder / "depth.npy", generator.uniform(0.5, 2.0, (12, 16)))
    yield _alone("depth", folder / "depth.npy")
    camera = {"width": 16, "height": 12, "camera_matrix": {"rows": 3, "cols": 3, "data": [9, 0, 8, 0, 9, 6, 0, 0, 1]}}
    for name, text in (("camera.json", json.dumps(camera)), ("camera.txt", "9.0 9.0\n8.0 6.0\n")):
        yield Seed("camera", {name: text.encode()}, name, name)


def _grids(folder: Path) -> Iterator[Seed]:
    occupied = np.zeros((8, 8, 8), dtype=bool)
    occupied[2:6, 2:6, 2:6] = True
    write_binvox(folder / "grid.binvox", VoxelGrid(occupied, np.zeros(3), 1.0))
    np.save(folder / "grid.npy", occupied)
    np.savez(folder / "grid.npz", voxels=occupied)
    for suffix in ("binvox", "npy", "npz"):
        yield _alone("voxels", folder / f"grid.{suffix}")


def _texts() -> Iterator[Seed]:
    yield Seed("recipe", {"a.toml": RECIPE.encode()}, "a.toml", "a.toml", 2.0)
    yield Seed("settings", {"a.yaml": SETTINGS.encode()}, "a.yaml", "a.yaml", 2.0)


def _models() -> Iterator[Seed]:
    torch.manual_seed(0)
    small = {"encoder": {"name": "pointnet", "hidden_channels": 4, "code_channels": 4}}
    network = build_network(small | {"decoder": {"name": "conditional_batch_norm", "hidden_channels": 4, "blocks": 1}})
    recipe = f"{NETWORK}hidden_channels = 4\nblocks = 1\n"
    files = {"recipe.toml": recipe.encode(), "model.safetensors": save(network.state_dict())}
    for name in files:
        yield Seed("model", files, name, "", 2.0)
    stream = io.BytesIO()
    torch.save({"model": network.state_dict(), "epoch": 3, "loss": 0.5}, stream)
    yield Seed("checkpoint", {"a.pt": stream.getvalue()}, "a.pt", "a.pt", 2.0)


def _datasets(folder: Path) -> Iterator[Seed]:
    generator = np.random.default_rng(0)
    normals = generator.normal(size=(16, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    points, inside = to_fixed(0.4 * normals), np.arange(16) < 8
    sample = ShapeSamples("a/b", points, inside, points, inside, points, np.rint(127 * normals).astype(np.int8))
    write_shard(folder / "set" / "train" / "shard-00000", [sample], [("a/b", "solid", "")])
    (folder / "set" / "dataset.json").write_text(json.dumps({"format": FORMAT}))
    shape = PublishedShape("b", 0.4 * normals, inside, 0.4 * normals, normals, np.ones((4, 4, 4), dtype=bool))
    write_published(folder / "published", "a", {"train": [shape]})
    for name, door in (("set", "dataset"), ("set", "verified"), ("published", "dataset")):
        root = folder / name
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        for damaged in files:
            yield Seed(door, files, damaged, "", 0.3)
