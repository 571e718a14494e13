"""One bad mesh never ends a preparation: it is in the report with its reason, and the others are prepared."""

from __future__ import annotations

import csv
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import trimesh

from occnet.data.shards import ShardedSplit
from occnet.data.splits import split_of
from occnet.files import write_mesh
from occnet.mesh import Mesh
from occnet.pipeline.prepare import prepare
from occnet.pipeline.prepare.dataset_info import verify
from occnet.pipeline.prepare.prepare import PrepareOptions, prepare_meshes

SMALL = PrepareOptions(uniform_points=512, near_points=512, surface_points=256, shapes_per_shard=4, workers=1)


def boxes(folder: Path, count: int = 4) -> list[str]:
    folder.mkdir()
    names = [f"box{number}.ply" for number in range(count)]
    for number, name in enumerate(names):
        made = trimesh.creation.box((1.0, 0.3 + 0.1 * number, 0.5))
        write_mesh(folder / name, Mesh(made.vertices, made.faces))
    return names


def report(dataset: Path) -> dict[str, tuple[str, str]]:
    with (dataset / "report.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: (row["verdict"], row["reason"]) for row in csv.DictReader(file)}


def damaged(folder: Path) -> dict[str, str]:
    """Damaged files of every kind in a folder, by what the report calls them, with a part of the reason."""
    whole = folder.parent / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n" * 50)
    data = bytearray(whole.read_bytes())
    (folder / "cut.zip").write_bytes(data[:50])
    head = data.index(b"PK\x01\x02")  # its entry in the list, which tells the version that is needed
    (folder / "version.zip").write_bytes(data[: head + 6] + b"\x63\x00" + data[head + 8 :])
    data[40:48] = b"\xff" * 8
    (folder / "packed.zip").write_bytes(data)
    (folder / "bundle.npz").write_bytes(b"PK\x03\x04 no archive")
    (folder / "deep.gltf").write_text('{"asset":' + "[" * 100_000 + "]" * 100_000 + "}")
    (folder / "letters.obj").write_bytes(b"v 0 0 \xff\xfe\n" * 3 + b"f 1 2 3\n")
    return {
        "cut.zip": "File is not a zip file",
        "version.zip": "zip file version 9.9",
        "packed.zip/a.obj": "while decompressing data",
        "bundle.npz": "no valid NumPy archive",
        "deep.gltf": "deep.gltf",
        "letters.obj": "letters.obj",
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_damaged_files_are_in_the_report_and_the_others_are_prepared(workers: int, tmp_path: Path) -> None:
    names = boxes(tmp_path / "in")
    bad = damaged(tmp_path / "in")
    done = prepare_meshes(tmp_path / "in", tmp_path / "data", replace(SMALL, workers=workers))
    assert done.shapes == len(names)
    assert sorted(name for name, _ in done.rejected) == sorted(bad)
    told = report(tmp_path / "data")
    assert {name for name, (verdict, _) in told.items() if verdict == "solid"} == set(names)
    for name, reason in bad.items():
        assert told[name][0] == "rejected"
        assert reason in told[name][1], name


@pytest.mark.parametrize("problem", [MemoryError(), RecursionError(), ValueError("Singular matrix"), AssertionError()])
def test_whatever_goes_wrong_with_one_mesh_is_its_own_failure(
    problem: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, through = boxes(tmp_path / "in"), prepare.sample_mesh

    def sample(name: str, *rest: object) -> object:
        if name == names[1]:
            raise problem
        return through(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(prepare, "sample_mesh", sample)
    done = prepare_meshes(tmp_path / "in", tmp_path / "data", SMALL)
    assert done.shapes == len(names) - 1
    assert [name for name, _ in done.rejected] == [names[1]]
    assert verify(tmp_path / "data") == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_mesh_whose_name_is_no_utf_8_is_prepared(tmp_path: Path) -> None:
    (name,) = boxes(tmp_path / "in", 1)
    os.rename(tmp_path / "in" / name, os.fsencode(tmp_path / "in") + b"/b\xff.ply")
    (tmp_path / "in" / "bad.ply").write_text("no mesh")
    done = prepare_meshes(tmp_path / "in", tmp_path / "data", SMALL)
    assert done.shapes == 1
    assert report(tmp_path / "data")["b\\udcff.ply"][0] == "solid"
    held = ShardedSplit(tmp_path / "data", split_of(os.fsdecode(b"b\xff.ply"))).names
    assert held == [os.fsdecode(b"b\xff.ply")]
    assert verify(tmp_path / "data") == []
