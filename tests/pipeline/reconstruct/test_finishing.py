"""The mesh that is written: few faces, refined, coloured, with normals."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import occnet
from occnet.errors import MeshError, OccnetError
from occnet.field import Sphere, Torus
from occnet.files import Cloud, read_mesh, write_cloud
from occnet.geometry.soundness.certificate import certify
from occnet.meshing import extract_mesh
from occnet.pipeline.reconstruct.finishing import finished
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from tests.sphere_model import SphereModel


def ball(count: int = 2000) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_the_mesh_has_as_few_faces_as_asked_for_and_says_so() -> None:
    options = ReconstructOptions(resolution=64, faces=1000)
    made = occnet.reconstruct(1e3 * ball() + 1e5, options, model=SphereModel())  # type: ignore[arg-type]
    assert made.certificate.ok
    assert made.certificate.examined_faces == len(made.mesh.faces)
    assert 900 < len(made.mesh.faces) <= 1000
    assert re.fullmatch(rf"simplified from [\d,]+ to {len(made.mesh.faces):,} faces", made.notes[-1])
    assert made.mesh.volume == pytest.approx(4 / 3 * np.pi * 1e9, rel=0.02)
    with pytest.raises(OccnetError, match="at least 4 faces"):
        ReconstructOptions(faces=3)


def test_what_cannot_have_so_few_faces_is_not_torn_and_an_open_mesh_is_refused() -> None:
    mesh, said = extract_mesh(Torus(), resolution=40), []
    few = finished(mesh, Torus(), 0.5, ReconstructOptions(faces=4), said.append)
    assert certify(few).ok
    assert certify(few).genus == 1
    assert said[0].endswith("fewer would join what is apart")
    with pytest.raises(MeshError, match="closed"):
        finished(type(mesh)(mesh.vertices, mesh.faces[1:]), Torus(), 0.5, ReconstructOptions(faces=100), said.append)


def test_refined_faces_lie_nearer_to_the_surface() -> None:
    def sharp(points):
        return 30.0 * Sphere()(points)

    mesh = extract_mesh(sharp, resolution=40)
    few = finished(mesh, sharp, 0.5, ReconstructOptions(faces=300), print)
    refined = finished(mesh, sharp, 0.5, ReconstructOptions(faces=300, refine=True), print)
    assert np.array_equal(few.faces, refined.faces)
    assert certify(refined).ok

    def error(mesh: occnet.Mesh) -> float:
        return float(np.abs(np.linalg.norm(mesh.triangles.mean(axis=1), axis=1) - 0.4).mean())

    assert error(refined) < 0.8 * error(few)


@pytest.mark.parametrize("suffix", [".ply", ".obj", ".off", ".glb"])
def test_the_scans_colours_and_normals_are_in_the_file(suffix: str, tmp_path: Path) -> None:
    points = ball()
    colors = np.rint(127.5 * (1.0 + points)).astype(np.uint8)
    write_cloud(tmp_path / "scan.ply", Cloud(5.0 * points + 10.0, colors=colors))
    options = ReconstructOptions(resolution=48, faces=2000, normals=True)
    reconstruct_file(tmp_path / "scan.ply", tmp_path / f"mesh{suffix}", options, model=SphereModel())  # type: ignore[arg-type]
    mesh = read_mesh(tmp_path / f"mesh{suffix}")
    assert mesh.colors is not None
    place = (mesh.vertices - 10.0) / 5.0
    assert np.abs(mesh.colors - 127.5 * (1.0 + place)).mean() < 4.0
    if suffix != ".obj":  # of which normals are not read
        assert mesh.normals is not None
        assert (mesh.normals * place).sum(axis=1).min() > 0.95


def test_a_scan_without_colours_gives_positions_alone() -> None:
    made = occnet.reconstruct(ball(), ReconstructOptions(resolution=32), model=SphereModel())  # type: ignore[arg-type]
    assert made.mesh.colors is None
    assert made.mesh.normals is None
