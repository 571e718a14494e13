"""Scans of what is open become surfaces: terrains, rooms, tables, and what was seen of a solid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import KDTree

import occnet
from occnet import cli
from occnet.files import Cloud, read_mesh, write_cloud
from occnet.geometry.sampling import sample_surface
from occnet.mesh import Mesh
from occnet.observations.reading_options import CloudReading, Surface
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.reconstruct.reconstruction import Reconstruction
from tests.open_scenes import ROOM, SENSOR, front_of_ball, height_of, room, tabletop, terrain

MODEL = occnet.load_model("points")


def made(
    points: np.ndarray, surface: Surface = "auto", sensors: np.ndarray | None = None, resolution: int = 96
) -> Reconstruction:
    options = ReconstructOptions(CloudReading(surface=surface), resolution=resolution)
    return occnet.reconstruct(Cloud(points, sensors=sensors), options, model=MODEL)


def normals_at(mesh: Mesh, count: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    places, normals, _ = sample_surface(mesh, count, np.random.default_rng(0))
    return places, normals


def test_a_terrain_becomes_one_sheet_with_one_boundary() -> None:
    points = 0.01 * terrain() + [4e5, 5e6, 100.0]  # as maps have it
    result = made(points)
    assert any("one sheet" in note and "--surface solid" in note for note in result.notes)
    found = result.certificate
    assert found.ok, found
    assert (found.open_surface, found.boundaries, found.components, found.genus) == (True, 1, 1, 0)
    assert result.agreement is not None
    assert result.agreement.verdict == "good"
    places, normals = normals_at(result.mesh)
    x, y, z = (100.0 * (places - [4e5, 5e6, 100.0])).T
    within = (x > 0) & (x < 100) & (y > 0) & (y < 80)
    assert within.mean() > 0.95
    assert np.abs(z - height_of(x, y))[within].max() < 0.5  # of 100 across
    assert (normals[:, 2] > 0.0).mean() > 0.999


def test_it_is_no_slab_unless_it_is_to_be_a_solid() -> None:
    closed = made(terrain(), "solid", resolution=48)
    assert not closed.certificate.open_surface
    assert closed.certificate.closed


def test_a_room_is_seen_from_inside() -> None:
    result = made(room(), sensors=SENSOR[None], resolution=64)
    assert any("as of a room" in note for note in result.notes)
    assert result.certificate.ok, result.certificate
    assert (result.certificate.boundaries, result.certificate.components) == (1, 1)  # below the scanner, where it does not see
    unseen = np.pi * (SENSOR[2] * np.tan(np.arccos(0.9))) ** 2
    assert result.mesh.area == pytest.approx(2 * (5 * 4 + 5 * 2.6 + 4 * 2.6) - unseen, rel=0.025)
    places, normals = normals_at(result.mesh, 10_000)
    to_walls = np.sort(np.minimum(np.abs(places), np.abs(places - ROOM)), axis=1)
    flat = to_walls[:, 1] > 0.3
    assert flat.mean() > 0.6
    assert np.quantile(to_walls[flat, 0], 0.99) < 0.01  # noise of 0.003
    assert to_walls[flat, 0].max() < 0.05
    assert (((SENSOR - places) * normals)[flat].sum(axis=1) > 0.0).all()


def test_the_walls_of_a_room_end_where_they_meet() -> None:
    """And leave no fins beyond, though some points lie 0.12 apart in the corners."""
    result = made(room(), sensors=SENSOR[None], resolution=64)
    places, normals = normals_at(result.mesh, 10_000)
    beyond = np.maximum(-places, places - ROOM).max(axis=1)
    assert np.quantile(beyond, 0.98) < 0.01
    assert beyond.max() < 0.2
    assert (((SENSOR - places) * normals).sum(axis=1) > 0.0).mean() > 0.99


def test_all_of_a_table_and_the_mug_on_it_have_a_surface() -> None:
    result = made(tabletop(), "open")
    assert result.certificate.ok, result.certificate
    assert result.agreement is not None
    assert result.agreement.verdict == "good"
    assert result.agreement.points_far < 0.005
    assert (np.ptp(result.mesh.vertices, axis=0) > [1.97, 1.97, 0.39]).all()
    assert (np.ptp(result.mesh.vertices, axis=0) < [2.05, 2.05, 0.41]).all()
    places, normals = normals_at(result.mesh, 20_000)
    side = (np.abs(np.hypot(places[:, 0], places[:, 1]) - 0.15) < 0.01) & (places[:, 2] > 0.05) & (places[:, 2] < 0.35)
    assert side.sum() > 500
    assert ((normals[side] * places[side] * [1, 1, 0]).sum(axis=1) > 0.1).all()


def test_the_seen_side_of_a_ball_alone() -> None:
    points = front_of_ball()
    sensor = np.array([[0.0, 0.0, 20.0]])
    result = made(points, "open", sensor, resolution=64)
    assert result.certificate.ok, result.certificate
    assert (result.certificate.boundaries, result.certificate.components) == (1, 1)
    assert result.agreement is not None
    assert result.agreement.area_far < 0.01
    places, normals = normals_at(result.mesh)
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1.0, atol=0.02)
    assert ((normals * places).sum(axis=1) > 0.9).all()
    assert places[:, 2].min() > 0.05


def test_of_a_solid_with_a_part_unseen_the_rest_is_the_networks() -> None:
    points = np.random.default_rng(0).standard_normal((6000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points = points[points[:, 2] > -0.6]
    closed, opened = made(points, "solid", resolution=64), made(points, "open", resolution=64)
    assert opened.certificate.ok, opened.certificate
    assert opened.certificate.boundaries == 1
    assert closed.certificate.closed
    kept = opened.mesh.vertices[opened.mesh.vertices[:, 2] > -0.3]
    assert KDTree(closed.mesh.vertices).query(kept)[0].max() == 0.0
    assert opened.mesh.vertices[:, 2].min() == pytest.approx(-0.63, abs=0.06)


def test_a_flat_wall_is_a_surface_but_no_solid() -> None:
    points = np.random.default_rng(0).random((3000, 3)) * [3.0, 0.0, 2.0]
    result = made(points, "open", resolution=48)
    assert result.certificate.ok
    assert result.mesh.area == pytest.approx(6.0, rel=0.06)
    for surface in ("auto", "solid"):
        with pytest.raises(occnet.OccnetError, match=r"in one plane.*--surface open"):
            made(points, surface, resolution=48)


def test_the_command_says_what_it_chose_and_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan, mesh = tmp_path / "land.ply", tmp_path / "land.obj"
    write_cloud(scan, Cloud(terrain()))
    assert cli.main(["reconstruct", str(scan), "-o", str(mesh), "--resolution", "48"]) == 0
    printed = capsys.readouterr().out
    assert "one sheet, as of a terrain" in printed
    assert "open                 1 boundary of " in printed
    assert "oriented             yes" in printed
    assert "agreement            good" in printed
    assert len(read_mesh(mesh).faces) > 1000


def test_an_open_surface_is_simplified_and_coloured_but_not_refined() -> None:
    points = terrain()
    colors = np.zeros((len(points), 3), dtype=np.uint8)
    colors[points[:, 0] > 50] = [200, 100, 0]
    options = ReconstructOptions(resolution=64, faces=1500)
    result = occnet.reconstruct(Cloud(points, colors=colors), options, model=MODEL)
    assert result.certificate.ok, result.certificate
    assert (result.certificate.boundaries, len(result.mesh.faces) <= 1500) == (1, True)
    assert any("simplified" in note for note in result.notes)
    assert result.mesh.colors is not None
    assert result.mesh.colors[result.mesh.vertices[:, 0] > 55].min(axis=0).tolist() == [200, 100, 0]
    assert result.mesh.area == pytest.approx(made(points, resolution=64).mesh.area, rel=0.02)
    with pytest.raises(occnet.OccnetError, match="--refine is for closed ones"):
        occnet.reconstruct(points, ReconstructOptions(resolution=32, refine=True), model=MODEL)


def test_what_is_asked_of_the_model_is_said_to_change_nothing() -> None:
    reading = CloudReading(tune=30)
    result = occnet.reconstruct(Cloud(terrain()), ReconstructOptions(reading, resolution=32), model=MODEL)
    assert any("--tune change nothing" in note for note in result.notes)
    assert not any("--tune" in note for note in made(terrain(), resolution=32).notes)
