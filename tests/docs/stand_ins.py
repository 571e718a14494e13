"""Small files under the names that the pages use for those of their reader."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import laspy
import numpy as np
import torch
from PIL import Image

from occnet.data.splits import split_of
from occnet.demo_inputs import demo_input
from occnet.field import Box, Sphere, Union
from occnet.files import read_cloud, write_mesh
from occnet.files.formats.binvox import VoxelGrid, write_binvox
from occnet.geometry.voxelising import voxelize
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh
from tests.docs.page_commands import ROOT
from tests.mean_encoder import MEAN_ENCODER
from tests.pipeline.test_importing import published_state
from tests.published_writing import PublishedShape, write_published

SHIPPED = ROOT / "occnet" / "weights"
TRAINED = {"runs/mine/best": "points", "runs/chairs/best": "generate"}  # what its reader has trained
TRAINED |= {"models/onet_image": "image", "models/onet_voxels": "voxels"}  # what `occnet import` would have made

RECIPE = """
[data]
datasets = ["{dataset}"]
shares = [1.0]
validation = "procedural"
[samples]
points = 50
uniform_queries = 64
[encoder]
name = "{encoder}"
[decoder]
name = "concatenation"
hidden_channels = 8
[training]
steps = 2
batch_size = 2
validation_shapes = 2
validation_queries = 64
pictures = 0
"""

DECODER = """
from dataclasses import dataclass
from occnet.networks.decoders.concatenation import ConcatenationDecoder
from occnet.networks.registry import DECODERS

class Mine(ConcatenationDecoder):
    pass

DECODERS.add("my_decoder", Mine)
"""

EXPERIMENT = """
[data]
shapes = 13
seed = 135
most = 1
[budget]
minutes = 0.003
interval = 2
samples = 1000
resolution = 24
pictures = 1
[recipe]
samples = { points = 50, uniform_queries = 64 }
encoder = { name = "pointnet", hidden_channels = 16, code_channels = 16 }
training = { batch_size = 2, validation_shapes = 1, validation_queries = 64 }
"""


def thing() -> Mesh:
    """A closed mesh of a dumbbell, about 1 long."""
    solid = Union((Sphere(0.2, (-0.28, 0.0, 0.0)), Sphere(0.2, (0.28, 0.0, 0.0)), Box((0.6, 0.12, 0.12))))
    return extract_mesh(solid, resolution=24)


def lay_out(folder: Path) -> None:
    """Write them all."""
    points = read_cloud(demo_input("scan")).points[:2000]
    for name in ("scan.ply", "a.ply", "b.ply", "dense.ply", "scene.ply", "SCAN"):
        _write_scan(folder / name, points)
    for name in ("scans/a/1.xyz", "more/c.xyz"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(folder / name, points[:500])
    _write_las(folder / "scans" / "b" / "2.las", points[:500])
    _write_meshes(folder, Mesh(1000.0 * thing().vertices + 300.0, thing().faces))
    _write_pictures(folder)
    for name, text in (("mine.py", MEAN_ENCODER), ("my_decoder.py", DECODER)):
        (folder / name).write_text(text)
    page = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    (folder / "mine.toml").write_text(EXPERIMENT + page.partition("```toml\n")[2].partition("```")[0])
    for name, dataset, encoder in (
        ("small", "procedural", "pointnet"),
        ("RECIPE", "DATASET", "pointnet"),
        ("own", "procedural", "mean"),
    ):
        (folder / f"{name}.toml").write_text(RECIPE.format(dataset=dataset, encoder=encoder))
    for name in ("onet", "onet_pcl2mesh", "shapenet_3plane"):
        torch.save({"model": published_state()}, folder / f"{name}.pt")
    (folder / "shapenet_3plane.yaml").write_text("test:\n  threshold: 0.5\n")
    write_published(folder / "FOLDER", "things", {split: [_published(split)] for split in ("train", "val", "test")})


def lay_out_trained(folder: Path, command: str) -> None:
    """Copies of shipped models where a command names the reader's own."""
    for name, model in TRAINED.items():
        if f" {name}" in command and not (folder / name).exists():
            shutil.copytree(SHIPPED / model, folder / name)


def _write_scan(path: Path, points: np.ndarray) -> None:
    header = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n"
    header += "".join(f"property double {axis}\n" for axis in "xyz") + "end_header\n"
    path.write_bytes(header.encode() + points.astype("<f8").tobytes())


def _write_las(path: Path, points: np.ndarray) -> None:
    las = laspy.LasData(laspy.LasHeader(point_format=3, version="1.2"))
    las.x, las.y, las.z = points.T
    path.parent.mkdir(parents=True, exist_ok=True)
    las.write(str(path))


def _write_meshes(folder: Path, mesh: Mesh) -> None:
    """Meshes to look at, to repair, to score, and as many to train on as make a shape of each split."""
    broken = Mesh(mesh.vertices, mesh.faces[5:])
    for name in ("mesh.ply", "old.ply", "new.ply", "truth.ply", "RESULTS/a.ply", "TRUTH/a.ply"):
        (folder / name).parent.mkdir(exist_ok=True)
        write_mesh(folder / name, mesh)
    for name in ("broken.obj", "broken/a.ply", "broken/b.ply"):
        (folder / name).parent.mkdir(exist_ok=True)
        write_mesh(folder / name, broken)
    (folder / "MESHES").mkdir()
    wanted = ["test", "validation", "train", "train"]
    for number in range(1000):
        if split_of(name := f"thing-{number}.ply") in wanted:
            wanted.remove(split_of(name))
            write_mesh(folder / "MESHES" / name, mesh)


def _write_pictures(folder: Path) -> None:
    picture = Image.open(demo_input("photo")).convert("RGB")
    for name in ("photo.png", "photo.jpg"):
        picture.save(folder / name)
    write_binvox(folder / "chair.binvox", VoxelGrid(voxelize(thing(), 32), np.full(3, -0.5), 1.0))
    ticks = np.linspace(-1.0, 1.0, 64)
    inside = 0.81 - ticks[:, None] ** 2 - ticks[None, :] ** 2
    depth = np.where(inside > 0, 1000.0 - 300.0 * np.sqrt(np.maximum(inside, 0.0)), 0.0)  # millimetres, of a ball's front
    Image.fromarray(depth.astype(np.uint16)).save(folder / "depth.png")
    camera = {"width": 64, "height": 64, "fx": 100.0, "fy": 100.0, "cx": 31.5, "cy": 31.5}
    (folder / "camera.json").write_text(json.dumps(camera))


def _published(name: str) -> PublishedShape:
    """A ball in the authors' layout."""
    drawn = np.random.default_rng(0)
    points = drawn.uniform(-0.55, 0.55, (512, 3))
    normals = drawn.standard_normal((512, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PublishedShape(name, points, np.linalg.norm(points, axis=1) < 0.5, 0.5 * normals, normals)
