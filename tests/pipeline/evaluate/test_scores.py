"""The protocol's scores in cases where they are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet.data.splits import ALL
from occnet.errors import MeshError, MissingLibrary
from occnet.files import write_mesh
from occnet.mesh import Mesh
from occnet.pipeline.evaluate.cases import Protocol, closed_meshes, make_case, mesh_cases
from occnet.pipeline.evaluate.scores import ShapeScore, evaluate, mean_scores, score, score_mesh, scored, write_scores

QUICK = Protocol(points=500, volume_samples=20_000, surface_samples=5_000)


def sphere(radius: float = 0.5) -> Mesh:
    made = trimesh.creation.icosphere(4, radius)
    return Mesh(made.vertices, made.faces)


def test_the_truth_scores_full_and_a_smaller_sphere_as_computed_by_hand() -> None:
    case = make_case("sphere", sphere(7.0), replace(QUICK, surface_samples=100_000))  # distances as fine as 1 %
    same = score(lambda points, normals: sphere(), case)
    assert same.iou == 1.0
    assert same.f_score > 0.999
    assert same.closed
    smaller = score(lambda points, normals: sphere(0.45), case)
    assert smaller.iou == pytest.approx(0.9**3, abs=0.02)
    assert smaller.chamfer_l1 == pytest.approx(0.05, abs=0.003)
    assert smaller.f_score == 0.0
    assert smaller.normal_consistency > 0.99


def test_two_meshes_are_scored_in_their_own_coordinates_by_the_size_of_the_truth() -> None:
    def placed(radius: float) -> Mesh:
        made = sphere(radius)
        return made.with_vertices(made.vertices + np.array([100.0, -20.0, 3.0]))

    found = score_mesh(placed(7.0 * 0.9), placed(7.0), QUICK)
    assert found.iou == pytest.approx(0.9**3, abs=0.02)
    assert found.chamfer_l1 == pytest.approx(0.05, abs=0.005)  # a tenth of the radius, which is half of the longest edge
    assert score_mesh(placed(7.0), placed(7.0), QUICK).iou == 1.0
    cut = Mesh(placed(7.0).vertices, placed(7.0).faces[1:])
    with pytest.raises(MeshError, match="open edges"):
        score_mesh(placed(7.0), cut, QUICK)
    with pytest.raises(MeshError):
        score_mesh(Mesh(cut.vertices[:0], np.zeros((0, 3), dtype=np.int64)), placed(7.0), QUICK)


def test_a_set_of_points_has_distances_alone_and_a_surface_that_is_not_closed_no_inside() -> None:
    case = make_case("sphere", sphere(), QUICK)
    points = Mesh(0.45 / 0.5 * sphere().vertices, np.zeros((0, 3), dtype=np.int64))
    found = scored(points, case)
    assert np.isnan([found.iou, found.normal_consistency, found.closed]).all()
    assert found.accuracy == pytest.approx(0.05, abs=0.004)
    assert found.chamfer_l1 == pytest.approx(0.5 * (found.accuracy + found.completeness))
    assert found.chamfer_l2 == pytest.approx(0.05**2, rel=0.15)
    assert np.isnan(scored(sphere(), case, encloses=False).iou)
    mean = mean_scores([found, ShapeScore("b", failure="no")])
    assert np.isnan(mean["iou"])
    assert mean["chamfer_l1"] == pytest.approx(0.5 * (np.sqrt(3) / 2 + found.chamfer_l1))
    whole = scored(sphere(), case)
    assert mean_scores([found, whole])["iou"] == pytest.approx(0.5 * whole.iou)  # some have one: what lacks it failed
    assert mean_scores([ShapeScore("b", failure="no")])["iou"] == 0.0


def test_the_observation_has_the_protocols_noise() -> None:
    case = make_case("sphere", sphere(), QUICK)
    assert len(case.observation) == 500
    assert (np.linalg.norm(case.observation, axis=1) - 0.5).std() == pytest.approx(0.005, rel=0.15)
    assert (case.observation * case.cloud_normals).sum(axis=1).min() > 0.47
    again = make_case("sphere", sphere(), QUICK)
    assert np.array_equal(case.observation, again.observation)


def test_a_failure_counts_in_every_column_and_is_shown(tmp_path: Path) -> None:
    def failing(points: np.ndarray, normals: np.ndarray) -> Mesh:
        raise MeshError("no surface")

    case = make_case("sphere", sphere(), QUICK)
    scores = [score(failing, case), score(lambda p, n: sphere(), case)]
    mean = mean_scores(scores)
    assert mean["iou"] == pytest.approx(0.5)
    assert mean["failed"] == mean["closed"] == 0.5
    for key in ("normal_consistency", "f_score"):
        assert mean[key] == pytest.approx(0.5 * getattr(scores[1], key))
    assert mean["chamfer_l1"] == pytest.approx(0.5 * (np.sqrt(3) / 2 + scores[1].chamfer_l1))  # half the unit cube's diagonal
    assert mean_scores(scores[:1])["chamfer_l1"] == pytest.approx(np.sqrt(3) / 2)
    write_scores(tmp_path / "scores.csv", scores)
    failed = (tmp_path / "scores.csv").read_text().splitlines()[1]
    assert failed.startswith("sphere,0.0,0.866")
    assert failed.endswith("no surface")


def test_a_method_whose_library_is_missing_is_not_run_and_the_others_go_on() -> None:
    def missing(points: np.ndarray, normals: np.ndarray) -> Mesh:
        raise MissingLibrary("needs a library")

    case = make_case("sphere", sphere(), QUICK)
    with pytest.raises(MissingLibrary, match="needs a library"):
        score(missing, case)
    found = evaluate({"missing": missing, "truth": lambda p, n: sphere()}, [lambda: case, lambda: case])
    assert isinstance(found["missing"], MissingLibrary)
    assert isinstance(found["truth"], list)
    assert [one.iou for one in found["truth"]] == [1.0, 1.0]


def test_a_mesh_that_a_library_stumbles_over_is_left_out_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for radius in (0.3, 0.4):
        write_mesh(tmp_path / f"{radius}.ply", sphere(radius))

    def stumbles(mesh: Mesh) -> bool:
        if np.ptp(mesh.vertices) < 0.7:
            raise np.linalg.LinAlgError("Singular matrix")
        return True

    monkeypatch.setattr("occnet.pipeline.evaluate.cases.is_closed", stumbles)
    assert closed_meshes(tmp_path, ALL)[1] == [1]
    assert "left out: 0.3.ply is damaged, or has a form that is not known (Singular matrix)" in capsys.readouterr().err


def test_only_closed_meshes_of_the_split_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = sphere()
    for number in range(60):
        mesh = whole if number % 2 else Mesh(whole.vertices, whole.faces[1:])
        write_mesh(tmp_path / f"{number}.ply", mesh)
    source, chosen = closed_meshes(tmp_path, "test")
    assert chosen
    assert all(int(Path(source.names[index]).stem) % 2 for index in chosen)
    found = evaluate({"truth": lambda p, n: sphere()}, mesh_cases(tmp_path, QUICK, most=1))["truth"]
    assert isinstance(found, list)
    assert [one.iou for one in found] == [1.0]
    (tmp_path / "broken.ply").write_text("ply")
    every = closed_meshes(tmp_path, ALL)[1]
    assert "left out" in (printed := capsys.readouterr().err)
    assert "broken.ply" in printed
    assert [int(Path(source.names[index]).stem) % 2 for index in every] == [1] * 30
    (tmp_path / "hollow").mkdir()
    write_mesh(tmp_path / "hollow" / "alone.ply", Mesh(whole.vertices, whole.faces[1:]))
    with pytest.raises(MeshError, match="--split all takes every mesh"):
        closed_meshes(tmp_path / "hollow")
    with pytest.raises(MeshError, match=r"no closed meshes\.$"):
        closed_meshes(tmp_path / "hollow", ALL)


def test_a_field_is_scored_without_a_mesh() -> None:
    class Ball:
        def __call__(self, observation: np.ndarray, normals: np.ndarray) -> Mesh:
            raise AssertionError("no mesh is asked for")

        def inside(self, observation: np.ndarray, points: np.ndarray) -> np.ndarray:
            return np.linalg.norm(points, axis=1) < 0.45

    case = make_case("sphere", sphere(), QUICK)
    found = evaluate({"ball": Ball(), "mesh": lambda p, n: sphere()}, [lambda: case], fast=True)
    assert list(found) == ["ball"]
    assert isinstance(found["ball"], list)
    assert found["ball"][0].iou == pytest.approx(0.9**3, abs=0.02)
    assert np.isnan(found["ball"][0].chamfer_l1)
