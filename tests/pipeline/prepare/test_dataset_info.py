"""What is damaged of a dataset is listed, whichever file it is; nothing falls over it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from occnet.cli import main
from occnet.data.shards import ShardedSplit
from occnet.errors import DatasetError
from occnet.pipeline.prepare.dataset_info import describe, verify
from occnet.pipeline.prepare.prepare import PrepareOptions, prepare_synthetic

SMALL = PrepareOptions(uniform_points=256, near_points=256, surface_points=256, shapes_per_shard=2, workers=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dataset = tmp_path_factory.mktemp("whole") / "data"
    prepare_synthetic(4, dataset, SMALL)
    assert verify(dataset) == []
    return dataset


@pytest.fixture
def dataset(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "data")
    return tmp_path / "data"


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "other": lambda path: path.write_text("[1, {}]"),
    "map": lambda path: path.write_text("{}"),
    "letters": lambda path: path.write_bytes(b"\xff\xfe" * 50),
    "deep": lambda path: path.write_text("[" * 100_000),
    "folder": lambda path: (path.unlink(), path.mkdir()),
}
SHARD = "train/shard-00000"
FILES = [f"{SHARD}/{name}" for name in ("names.json", "report.json", "checksums.json", "normals.npy")]


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("file", [*FILES, "dataset.json", "plan-00000.jsonl"])
def test_every_damage_is_listed_and_the_rest_is_told(file: str, how: str, dataset: Path) -> None:
    DAMAGE[how](dataset / file)
    if (file, how) == ("dataset.json", "gone"):
        for told in (describe, verify):
            with pytest.raises(DatasetError, match="not a prepared dataset"):
                told(dataset)
        return
    problems = verify(dataset)
    told = (Path(file).name, "has no plan", "no checksums", "has format")
    assert any(text in problem for problem in problems for text in told)
    assert all(len(problem) < 600 for problem in problems)
    lines = describe(dataset).splitlines()
    assert lines[0].startswith("dataset")
    assert any(line.startswith("shapes ") for line in lines)


def test_other_shards_are_examined_all_the_same(dataset: Path) -> None:
    (dataset / SHARD / "names.json").write_text("[")
    near = dataset / "train" / "shard-00001" / "near.npy"
    near.write_bytes(near.read_bytes()[:-1])
    problems = verify(dataset)
    assert len(problems) == 2
    assert "names.json is damaged" in problems[0]
    assert "near.npy is damaged" in problems[1]


def test_arrays_whose_checksums_are_right_are_opened(dataset: Path) -> None:
    from occnet.data.dataset_files import checksum

    path = dataset / SHARD / "normals.npy"
    path.write_bytes(path.read_bytes()[:200])
    sums = json.loads((path.parent / "checksums.json").read_text())
    (path.parent / "checksums.json").write_text(json.dumps(sums | {path.name: checksum(path)}))
    (problem,) = verify(dataset)
    assert "normals.npy is damaged" in problem


def test_the_command_lists_the_damage_and_fails(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dataset / SHARD / "report.json").write_text("null")
    assert main(["info", str(dataset), "--verify"]) == 1
    told = capsys.readouterr()
    assert "DAMAGED            1 files cannot be read" in told.out
    assert "report.json is damaged" in told.out
    assert told.err == ""
    assert main(["info", str(dataset)]) == 0


def test_a_damaged_shard_is_refused_before_it_is_trained_on(dataset: Path) -> None:
    (dataset / SHARD / "names.json").write_text('{"a": 1}')
    with pytest.raises(DatasetError, match=r"names\.json is damaged \(it holds no list\); copy it again, or delete"):
        ShardedSplit(dataset, "train")
    (dataset / "dataset.json").write_text("[]")
    with pytest.raises(DatasetError, match=r"dataset\.json is damaged"):
        ShardedSplit(dataset, "train")


def test_a_name_that_is_too_long_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["info", "x" * 300], ["prepare", "--synthetic", "1", "-o", str(tmp_path / ("x" * 300))]):
        assert main(arguments) == 2
        assert "too long" in capsys.readouterr().err
