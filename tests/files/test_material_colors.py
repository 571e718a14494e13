"""Colours of materials and textures: the right one on each face of .glb, .gltf and .obj, and never at the price of the mesh."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from occnet.data.sources import open_meshes
from occnet.files import read_mesh
from occnet.files.material_colors import Material, texture_of
from occnet.files.srgb import displayed, linear
from occnet.geometry.cleaning import is_closed
from occnet.mesh import Mesh

COLORS = np.array([[220, 30, 30], [40, 180, 60], [30, 60, 200], [240, 200, 20], [120, 20, 160], [20, 20, 20]], dtype=np.uint8)
"""Of the sides of the box: -x, +x, -y, +y, -z, +z; sRGB."""


def side_of(normals: np.ndarray) -> np.ndarray:
    axis = np.abs(normals).argmax(axis=1)
    return 2 * axis + (normals[np.arange(len(normals)), axis] > 0)


def wrong(mesh: Mesh) -> int:
    """The largest difference between the colours of a corner and the colour of its side."""
    assert mesh.colors is not None
    expected = COLORS[side_of(mesh.face_normals)].astype(int)
    return int(np.abs(mesh.colors[mesh.faces].astype(int) - expected[:, None]).max())


def palette(folder: Path) -> Image.Image:
    """Six colours side by side, eight pixels each."""
    image = Image.fromarray(np.repeat(np.repeat(COLORS[None], 8, axis=1), 8, axis=0))
    image.save(folder / "palette.png")
    return image


def box_with_seams() -> tuple[trimesh.Trimesh, np.ndarray]:
    """A box of which every side has vertices of its own, and the side of each vertex."""
    box = trimesh.creation.box((1.0, 0.8, 0.6))
    side = side_of(np.asarray(box.face_normals))
    vertices = np.asarray(box.vertices)[np.asarray(box.faces)].reshape(-1, 3)
    return trimesh.Trimesh(vertices, np.arange(36).reshape(-1, 3), process=False), np.repeat(side, 3)


def textured_scene(folder: Path) -> trimesh.Scene:
    box, side = box_with_seams()
    uv = np.stack([(side + 0.5) / 6, np.full(36, 0.5)], axis=1)
    material = PBRMaterial(baseColorTexture=palette(folder))
    box.visual = TextureVisuals(uv=uv, material=material)
    return trimesh.Scene(box)


def scene_of_factors() -> trimesh.Scene:
    """The sides as parts with a material each, whose factors are linear."""
    box, side = box_with_seams()
    scene = trimesh.Scene()
    for number, color in enumerate(COLORS):
        faces = np.asarray(box.faces)[side[::3] == number]
        part = trimesh.Trimesh(box.vertices, faces, process=False)
        factor = [*np.asarray(linear(color), dtype=float), 1.0]
        part.visual = TextureVisuals(material=PBRMaterial(baseColorFactor=factor))
        scene.add_geometry(part)
    return scene


def write_obj_box(folder: Path, textured: bool) -> Path:
    """A box of shared corners whose sides have colours by materials, or by one texture."""
    box = trimesh.creation.box((1.0, 0.8, 0.6))
    side = side_of(np.asarray(box.face_normals))
    lines = ["mtllib box.mtl", *(f"v {x} {y} {z}" for x, y, z in box.vertices), *(f"vt {(k + 0.5) / 6} 0.5" for k in range(6))]
    for (a, b, c), number in zip(np.asarray(box.faces) + 1, side, strict=True):
        lines.append("usemtl all" if textured else f"usemtl side {number}")
        lines.append(f"f {a}/{number + 1} {b}/{number - 6} {c}/{number + 1}")
    (folder / "box.obj").write_text("\n".join(lines))
    if textured:
        palette(folder)
        (folder / "box.mtl").write_text("newmtl all\nKd 0 0 0\nmap_Kd -s 1 1 1 palette.png\n")
    else:
        colors = (f"newmtl side {k}\nKd {r / 255} {g / 255} {b / 255}" for k, (r, g, b) in enumerate(COLORS.tolist()))
        (folder / "box.mtl").write_text("\n".join(colors))
    return folder / "box.obj"


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
@pytest.mark.parametrize("kind", ["texture", "factors"])
def test_each_side_of_a_gltf_box_has_its_colour_and_the_box_stays_closed(tmp_path: Path, suffix: str, kind: str) -> None:
    scene = textured_scene(tmp_path) if kind == "texture" else scene_of_factors()
    if suffix == "glb":
        (tmp_path / "box.glb").write_bytes(scene.export(file_type="glb"))  # type: ignore[arg-type]
    else:
        for name, content in scene.export(file_type="gltf").items():  # type: ignore[union-attr]
            (tmp_path / ("box.gltf" if name.endswith(".gltf") else name)).write_bytes(content)
    mesh = read_mesh(tmp_path / f"box.{suffix}", paint=True)
    assert wrong(mesh) <= (8 if kind == "factors" else 0)  # trimesh keeps factors in steps of 1/255 of linear light
    assert is_closed(mesh)
    assert mesh.volume == pytest.approx(0.48)
    plain = read_mesh(tmp_path / f"box.{suffix}")
    assert plain.colors is None
    assert len(plain.vertices) == 8


@pytest.mark.parametrize("textured", [True, False])
def test_each_side_of_an_obj_box_has_its_colour(tmp_path: Path, textured: bool) -> None:
    path = write_obj_box(tmp_path, textured)
    mesh = read_mesh(path, paint=True)
    assert wrong(mesh) == 0
    assert is_closed(mesh)
    assert read_mesh(path).colors is None
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        for name in ("box.obj", "box.mtl", *(["palette.png"] if textured else [])):
            archive.write(tmp_path / name, f"models/{name}")
    assert wrong(open_meshes(tmp_path / "pack.zip", paint=True).read(0)) == 0


def test_missing_and_foreign_materials_cost_the_colours_alone(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    path = write_obj_box(inner, textured=True)
    (inner / "palette.png").write_bytes(b"no picture")
    assert read_mesh(path, paint=True).volume == pytest.approx(0.48)
    shutil.move(inner / "box.mtl", tmp_path / "box.mtl")
    assert read_mesh(path, paint=True).colors is None
    path.write_text(path.read_text().replace("mtllib box.mtl", "mtllib ../box.mtl"))
    assert read_mesh(path, paint=True).colors is None  # nothing outside the folder is read


def test_a_texture_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    for name, content in textured_scene(tmp_path).export(file_type="gltf").items():  # type: ignore[union-attr]
        if name.endswith(".gltf"):
            tree = json.loads(content)
            tree["images"] = [{"uri": "../palette.png"}]
            content = json.dumps(tree).encode()
        (inner / ("box.gltf" if name.endswith(".gltf") else name)).write_bytes(content)
    assert read_mesh(inner / "box.gltf", paint=True).colors is None


def test_a_corner_gets_the_mean_of_the_texture_around_it() -> None:
    """A half black, half white texture over one triangle: dark at one end, light at the other, grey between."""
    texture = np.zeros((64, 64, 3), dtype=np.uint8)
    texture[:, 32:] = 255
    places = np.array([[[0.01, 0.0], [0.98, 0.0], [0.51, 1.0]]])
    light = Material(np.ones(3), texture).light(places, 1)[0]
    assert light[0].max() < 0.2
    assert light[1].min() > 0.8
    assert light[2] == pytest.approx(0.5, abs=0.2)
    shifted = Material(np.ones(3), texture).light(np.add(places, [3.0, -2.0]), 1)[0]
    np.testing.assert_allclose(shifted, light)  # textures repeat


def test_rows_of_a_texture_run_from_its_top() -> None:
    texture = np.zeros((4, 4, 3), dtype=np.uint8)
    texture[0] = 255  # the uppermost row
    upper, lower = (np.tile([0.5, height], (1, 3, 1)) for height in (0.9, 0.1))
    assert Material(np.ones(3), texture).light(upper, 1).min() == 1.0
    assert Material(np.ones(3), texture).light(lower, 1).max() == 0.0


def test_srgb_and_back_is_exact_and_damaged_textures_are_none(tmp_path: Path) -> None:
    values = np.arange(256)
    np.testing.assert_array_equal(displayed(linear(values)), values)
    assert texture_of(b"nothing") is None
    assert texture_of(tmp_path / "missing.png") is None
