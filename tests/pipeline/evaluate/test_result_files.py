"""Results in files, scored by their names: meshes, sets of points, what is missing and what is damaged."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet import cli
from occnet.errors import FileError
from occnet.files import Cloud, write_cloud, write_mesh
from occnet.mesh import Mesh
from occnet.pipeline.evaluate.cases import Protocol
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.evaluate.result_files import as_table, score_results
from occnet.pipeline.evaluate.score_table import by_category
from occnet.pipeline.evaluate.scores import ShapeScore, as_published


def sphere(radius: float = 7.0, offset: float = 100.0) -> Mesh:
    made = trimesh.creation.icosphere(3, radius)
    return Mesh(made.vertices + offset, made.faces)


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Protocol(volume_samples=20_000, surface_samples=4_000)
    monkeypatch.setattr("occnet.pipeline.evaluate.result_files.Protocol", lambda: quick)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    results, truth = tmp_path / "results", tmp_path / "truth"
    for folder in (truth / "ball", truth / "orb", results / "ball"):
        folder.mkdir(parents=True)
    for name in ("ball/a", "ball/b", "ball/c", "orb/d"):
        write_mesh(truth / f"{name}.off", sphere())
    write_mesh(results / "ball" / "a.obj", sphere(0.9 * 7.0))
    (results / "ball" / "b.ply").write_text("ply")  # damaged; c is missing
    write_cloud(results / "d.xyz", Cloud(sphere(0.9 * 7.0).vertices))  # without its folder, a set of points
    write_mesh(results / "of_nothing.ply", sphere())
    return results, truth


def test_results_are_matched_by_name_and_scored_in_the_coordinates_of_the_truth(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = CompareOptions(output=tmp_path / "out")
    a, b, c, d = scores = score_results(*folders, options)
    assert "of_nothing.ply has no true mesh of its name" in capsys.readouterr().err
    assert [score.name for score in scores] == ["ball/a", "ball/b", "ball/c", "orb/d"]
    assert a.iou == pytest.approx(0.9**3, abs=0.02)
    assert a.accuracy == pytest.approx(0.05, abs=0.005)
    assert a.closed == 1.0
    assert "b.ply" in b.failure
    assert "no result" in c.failure
    assert math.isnan(d.iou)
    assert d.accuracy == pytest.approx(0.05, abs=0.005)
    with (tmp_path / "out" / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["category"] for row in rows] == ["ball", "ball", "ball", "orb"]
    assert rows[3]["iou"] == ""
    assert float(rows[1]["chamfer_l1"]) == pytest.approx(np.sqrt(3) / 2)
    ball, orb, categories, mean = by_category(scores)
    assert (ball.group, ball.shapes, orb.group, mean.shapes) == ("ball", 3, "orb", 4)
    assert ball.scores["iou"] == pytest.approx(a.iou / 3)
    assert ball.scores["failed"] == pytest.approx(2 / 3)
    assert math.isnan(orb.scores["iou"])
    assert mean.scores["iou"] == pytest.approx(a.iou / 4)
    assert categories.scores["failed"] == pytest.approx(1 / 3)
    table = as_table(scores, options)
    assert (tmp_path / "out" / "table.md").read_text() == table + "\n"
    assert "ball/c: there is no result of this name" in table
    assert "0.8660" in table


def test_the_published_protocol_tells_distances_in_tenths_and_failures_as_its_program_does(folders: tuple[Path, Path]) -> None:
    here = score_results(*folders, CompareOptions())
    there = score_results(*folders, CompareOptions(protocol="published"))
    assert there[0].chamfer_l1 == pytest.approx(10 * here[0].chamfer_l1)
    assert there[0].chamfer_l2 == pytest.approx(100 * here[0].chamfer_l2)
    assert there[0].iou == here[0].iou
    assert there[1].chamfer_l1 == pytest.approx(10 * math.sqrt(3))
    assert there[1].chamfer_l2 == pytest.approx(300)
    assert there[1].normal_consistency == -1.0
    assert as_published(ShapeScore("a", failure="no")).iou == 0.0


def test_names_that_do_not_fit_and_doubled_results_are_told(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    results, truth = folders
    (tmp_path / "other").mkdir()
    write_mesh(tmp_path / "other" / "x.ply", sphere())
    with pytest.raises(FileError, match=r"No file in .* is called like a mesh of .*'x'.*'ball/a'"):
        score_results(tmp_path / "other", truth, CompareOptions())
    write_mesh(results / "ball" / "a.stl", sphere())
    with pytest.raises(FileError, match="two results of one name"):
        score_results(results, truth, CompareOptions())


def test_the_command_takes_two_paths(folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, truth = map(str, folders)
    assert cli.main(["evaluate", results, truth, "-o", str(tmp_path / "out")]) == 0
    assert "mean of categories" in capsys.readouterr().out
    assert (tmp_path / "out" / "scores.csv").is_file()
    assert cli.main(["evaluate", results, truth, "--fast"]) == 2
    assert "scored as they are" in capsys.readouterr().err
