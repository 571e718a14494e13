"""What is seen of files: each kind as what it is, where they differ, and what is wrong with them, in words and in red."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from occnet.errors import FileError, OccnetError
from occnet.files.clouds import Cloud, write_cloud
from occnet.files.meshes import write_mesh
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.pipeline.plain_words import defects_in_words, soundness
from occnet.pipeline.reconstruct.reconstruction import Reconstruction
from occnet.pipeline.show.view_options import ViewOptions
from occnet.pipeline.show.viewing import save_view, scene_of, scene_of_files
from occnet.viewer.layers import Marks, Picture, Points, Surface


def ball(radius: float = 1.0) -> Mesh:
    made = trimesh.creation.icosphere(subdivisions=3, radius=radius)
    return Mesh(np.asarray(made.vertices), np.asarray(made.faces))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("ball.ply", "open.ply", "scan.ply", "photo.png")}
    write_mesh(made["ball.ply"], ball())
    write_mesh(made["open.ply"], Mesh(ball().vertices, ball().faces[1:]))
    points = ball().vertices * 1.1
    points[0] = np.nan
    write_cloud(made["scan.ply"], Cloud(points))
    Image.new("RGB", (60, 30), (200, 20, 20)).save(made["photo.png"])
    return made


def test_each_file_is_a_layer_with_words(files: dict[str, Path]):
    scene = scene_of_files(list(files.values()))
    solid, open_, marks, scan, photo = scene.layers
    assert isinstance(solid, Surface)
    assert "1,280 faces" in solid.note
    assert "a closed solid: one piece, no hole through it" in solid.note
    assert solid.problem == ""
    assert open_.problem == "no solid: 3 edges of holes"
    assert isinstance(marks, Marks)
    assert marks.lines.shape == (3, 2, 3)
    assert isinstance(scan, Points)
    assert len(scan.points) == len(ball().vertices) - 1  # without what is not finite
    assert isinstance(photo, Picture)
    assert photo.note == "60 x 30 pixels"


def test_a_mesh_and_its_scan_are_compared_there_and_back():
    scan = Cloud(1.1 * ball().vertices)
    scene = scene_of({"mesh": ball(), "scan": scan})
    mesh, points = scene.layers
    assert isinstance(mesh, Surface)
    assert isinstance(points, Points)
    assert mesh.distances is not None
    np.testing.assert_allclose(mesh.distances, 0.1, atol=1e-6)  # to the point above each vertex
    assert points.distances is not None
    assert np.all((points.distances > 0.099) & (points.distances < 0.12))  # to the faces, which lie within the ball
    assert scene.farthest >= 0.2
    assert "mesh and scan" in scene.distance_text
    without = scene_of({"mesh": ball(), "scan": scan}, ViewOptions(compare=False))
    assert all(layer.distances is None for layer in without.layers if not isinstance(layer, (Marks, Picture)))


def test_two_meshes_are_compared_with_each_other():
    small, large = scene_of({"small": ball(1.0), "large": ball(1.5)}).layers
    assert isinstance(small, Surface)
    assert isinstance(large, Surface)
    assert small.distances is not None
    assert large.distances is not None
    np.testing.assert_allclose(small.distances, 0.5, atol=0.02)
    np.testing.assert_allclose(large.distances, 0.5, atol=0.02)


def test_a_page_is_written_whole_or_refused(files: dict[str, Path], tmp_path: Path):
    save_view([files["ball.ply"]], tmp_path / "page.html")
    assert "<title>ball.ply</title>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    with pytest.raises(FileError, match=r"is to be a page, and so a \.html file"):
        save_view([files["ball.ply"]], tmp_path / "page.pdf")
    with pytest.raises(FileError, match="No file is named"):
        scene_of_files([])
    with pytest.raises(OccnetError, match="up is y or z"):
        ViewOptions(up="x")


def test_a_certificate_in_words():
    assert soundness(certify(ball(), second_opinion=False)) == "a closed solid: one piece, no hole through it"
    ring = trimesh.creation.torus(1.0, 0.3)
    assert soundness(certify(Mesh(ring.vertices, ring.faces))).endswith("one piece, one hole through it")
    nothing = certify(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=int)), second_opinion=False)
    assert defects_in_words(nothing) == "1 mesh without a face"


def test_notebooks_show_meshes_and_reconstructions():
    shown = ball()._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    result = Reconstruction(ball(), certify(ball()), None, {})
    assert result._repr_html_().startswith("<iframe srcdoc=")
    (layer,) = result._scene().layers
    assert "a closed solid" in layer.note
