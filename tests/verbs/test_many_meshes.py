"""`occnet check` and `occnet repair` of many meshes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trimesh

from occnet.cli import main
from occnet.files import read_mesh, write_mesh
from occnet.mesh import Mesh


@pytest.fixture(autouse=True)
def meshes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a box, an open box in a folder of its own, and a file that is no mesh, where the tests are."""
    monkeypatch.chdir(tmp_path)
    box = trimesh.creation.box()
    Path("meshes/open").mkdir(parents=True)
    write_mesh("meshes/box.obj", Mesh(box.vertices, box.faces))
    write_mesh("meshes/open/box.ply", Mesh(box.vertices, box.faces[1:]))
    Path("meshes/bad.stl").write_text("no mesh")


def test_check_prints_a_line_for_each_mesh(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "meshes"]) == 1
    printed = capsys.readouterr()
    header, bad, good, opened, summary = printed.out.splitlines()
    assert header.split() == ["solid", "faces", "pieces", "genus", "volume", "seconds", "file"]
    assert bad.split() == ["FAILED", str(Path("meshes/bad.stl"))]
    assert good.split()[:5] == ["yes", "12", "1", "0", "1"]
    assert opened.split()[:4] == ["NO", "11", "1", "?"]
    assert f" {Path('meshes/open/box.ply')}: 3 boundary edges" in opened
    assert len({line.index("meshes") for line in (bad, good, opened)} | {header.index("file")}) == 1  # one column
    assert summary.startswith("2 of 3 files read; 1 bound no solid; 1 failed. ")
    assert "meshes/bad.stl" in printed.err
    assert main(["check", "meshes/*.obj"]) == 0


def test_check_tells_a_program_and_keeps_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "meshes/box.obj", "meshes/open", "--json"]) == 1
    good, opened = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert good["solid"] is True
    assert good["output"] is None
    assert good["certificate"]["volume"] == pytest.approx(1.0)
    assert opened["solid"] is False
    assert opened["certificate"]["genus"] is None
    assert opened["certificate"]["problems"]["boundary edges"] == 3
    assert list(opened["seconds"]) == ["read", "certify"]
    assert main(["check", "meshes/open", "-q"]) == 1
    assert main(["check", "meshes/open/box.ply", "-q"]) == 1
    assert capsys.readouterr() == ("", "")
    assert main(["check", "meshes/bad.stl", "--json"]) == 2
    assert "error" in json.loads(capsys.readouterr().out)


def test_repair_makes_a_folder_of_solids(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repair", "meshes", "-o", "solids", "--format", "off"]) == 1
    assert read_mesh("solids/open/box.off").volume == pytest.approx(1.0)
    assert len(read_mesh("solids/box.off").faces) == 12
    assert not Path("solids/bad.off").exists()
    assert "2 of 3 files in solids; 1 failed." in capsys.readouterr().out
    assert main(["repair", "meshes/open", "-o", "again", "--json"]) == 0
    (only,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert only["repairs"]
    assert list(only["seconds"]) == ["read", "repair", "write"]


def test_repair_refuses_to_write_over_what_it_reads(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("meshes/open/box.ply").read_bytes()
    for arguments in (["meshes/open/box.ply", "-o", "meshes/open/box.ply"], ["meshes/open", "-o", "meshes/open"]):
        assert main(["repair", *arguments]) == 2
        assert "meshes/open/box.ply is an input, which would be lost" in capsys.readouterr().err
    assert Path("meshes/open/box.ply").read_bytes() == before


def test_an_unreadable_folder_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.listdir", refuse)
    assert main(["check", "meshes"]) == 2
    assert "The folder meshes cannot be searched (Permission denied)" in capsys.readouterr().err
