"""Experiments in small: all of it runs, what is there is not done again, and one's own network is one more row."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from occnet.cli import main
from occnet.errors import ModelError, RecipeError
from occnet.pipeline.evaluate.compare import evaluate_model
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.experiment import timed_runs
from occnet.pipeline.experiment.experiment_definition import read_experiment, shipped_experiments
from occnet.pipeline.experiment.experiment_scores import read_shape_scores
from occnet.pipeline.experiment.run_experiment import run_experiment
from occnet.pipeline.experiment.timed_runs import read_clock


@pytest.mark.parametrize("name", shipped_experiments())
def test_the_experiments_of_the_package_are_read_in_both_sizes(name: str) -> None:
    full, smoke = read_experiment(name), read_experiment(name, "smoke")
    assert [method.title for method in full.methods] == [method.title for method in smoke.methods]
    assert len({method.title for method in full.methods}) == len(full.methods)
    assert smoke.data.shapes < full.data.shapes
    assert smoke.budget.minutes < 0.1
    assert read_experiment(name, minutes=3.5, seeds=2).budget.minutes == 3.5
    assert read_experiment(name, "small").budget.minutes == 1.0
    own = {method.name: method.recipe["decoder"] for method in full.methods if method.learned}
    assert all("name" in decoder for decoder in own.values())
    if name == "images":
        assert own["point_set"] == {"name": "point_set"}


@pytest.mark.slow
def test_pictures_to_shapes_from_the_command_to_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["experiment", "images", "--size", "smoke", "-o", str(tmp_path)]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "At equal steps: " in printed.out
    assert "training template mesh" in printed.err
    experiment = read_experiment("images", "smoke")
    with (tmp_path / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    titles = [method.title for method in experiment.methods]
    for equal in ("minutes", "steps"):
        assert list(dict.fromkeys(row["method"] for row in rows if row["equal"] == equal)) == titles
    means = {row["method"]: row for row in rows if row["category"] == "mean" and row["equal"] == "minutes"}
    assert [title for title in titles if not means[title]["iou"]] == ["point set", "patches"]  # no inside to score
    assert [title for title in titles if not means[title]["normal_consistency"]] == ["point set"]
    assert all(float(means[title]["chamfer_l1"]) > 0 for title in titles)
    with Image.open(tmp_path / "pictures.png") as picture:
        assert picture.width == 224 * (2 + len(titles))
    page = (tmp_path / "report.html").read_text()
    assert all(word in page for word in ("machine", "seeds: 1", "peak MB", "<svg", "data:image/png", "[methods.template]"))
    assert "table_of" not in page
    before = {
        path: path.stat().st_mtime_ns for path in sorted(tmp_path.glob("scores/*")) + sorted(tmp_path.rglob("minutes.csv"))
    }
    assert len(before) == 11 + 5
    assert main(command) == 0  # nothing is trained or scored again
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert "scoring" not in capsys.readouterr().err


@pytest.mark.slow
def test_drawn_shapes_have_pictures_and_what_they_took(tmp_path: Path) -> None:
    tables = run_experiment(read_experiment("generation", "smoke"), tmp_path, device="cpu")
    assert "| fitted Gaussian " in tables
    with (tmp_path / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["prior", "fitted Gaussian"]
    assert all(0.0 <= float(row["validation IoU"]) <= 1.0 and int(row["steps"]) >= 2 for row in rows)
    with Image.open(tmp_path / "pictures.png") as picture:
        assert picture.width == 2 * 224  # two seeds, and the way between them, of either method
        assert picture.height > 4 * 224
    assert "<svg" in (tmp_path / "report.html").read_text()


OWN = """
[data]
shapes = 13
seed = 135
voxels = [16]
split = "train"
most = 2

[budget]
minutes = 0.003
interval = 2
samples = 1000
resolution = 24
pictures = 1

[recipe]
samples = { uniform_queries = 128 }
encoder = { name = "index_embedding", shapes = 9, code_channels = 16 }
training = { batch_size = 2, validation_shapes = 2, validation_queries = 128 }

[methods.mine]
decoder = { name = "concatenation" }

[methods.cubes]
title = "voxels 16^3"
voxels = 16
"""


@pytest.mark.slow
def test_a_file_of_ones_own_goes_on_where_it_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, out = tmp_path / "own.toml", tmp_path / "out"
    file.write_text(OWN)
    ticks = iter(range(1000))
    monkeypatch.setattr(timed_runs.time, "process_time", lambda: 6.0 * next(ticks))  # an interval takes a tenth of a minute
    tables = run_experiment(read_experiment(str(file), minutes=0.25), out, device="cpu")
    assert "| mine " in tables
    assert "| voxels 16^3 | 4,096 " in tables
    clock = read_clock(out / "runs" / "mine-0")
    assert [(one.step, one.minutes) for one in clock] == [(2, 0.1), (4, 0.2), (6, 0.3)]
    assert sorted(path.name for path in (out / "runs" / "mine-0" / "snapshots").iterdir()) == ["2", "4"]
    cubes = read_shape_scores(out / "scores" / "cubes-0-minutes.csv")
    assert [score.failure for score in cubes] == ["", ""]
    assert all(0.2 < score.iou < 1.0 for score in cubes)  # coarse, but the right shapes
    run_experiment(read_experiment(str(file), minutes=0.35), out, device="cpu")
    assert [one.step for one in read_clock(out / "runs" / "mine-0")] == [2, 4, 6, 8]
    with pytest.raises(ModelError, match="knows the shapes of its training alone"):
        evaluate_model(str(out / "runs" / "mine-0" / "model"), out / "dataset", CompareOptions())


def test_what_does_not_make_an_experiment_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no experiment 'pointz'; give a \.toml file, or one of: ablations"):
        read_experiment("pointz")
    file = tmp_path / "own.toml"
    for text, message in (
        ("[tests]", "Unknown key tests"),
        ("", r"no table \[methods.NAME\]"),
        ("[methods.a]\nbaseline = 'poisson'\ndecoder = 1", "has decoder, but learns nothing"),
        ("[budget]\nhours = 1\n[methods.a]\nvoxels = 1", "Unknown key hours"),
    ):
        file.write_text(text)
        with pytest.raises(RecipeError, match=message):
            read_experiment(str(file))
    file.write_text("[methods.a]\nvoxels = 16")
    with pytest.raises(RecipeError, match="has no network to train"):
        run_experiment(read_experiment(str(file)), tmp_path)
