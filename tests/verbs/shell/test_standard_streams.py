"""A scan from standard input, a mesh to standard output."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import trimesh

from occnet.cli import main
from occnet.files import read_mesh, write_mesh
from occnet.mesh import Mesh


@pytest.fixture(autouse=True)
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open box, in the folder where the tests are."""
    monkeypatch.chdir(tmp_path)
    made = trimesh.creation.box()
    write_mesh("open.ply", Mesh(made.vertices, made.faces[1:]))


def give(contents: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(contents)))


def test_a_mesh_goes_through(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    give(Path("open.ply").read_bytes(), monkeypatch)
    assert main(["repair", "-", "-o", "-", "--input-format", "ply", "--format", "obj"]) == 0
    printed = capsysbinary.readouterr()
    Path("solid.obj").write_bytes(printed.out)
    assert read_mesh("solid.obj").volume == pytest.approx(1.0)
    assert b"problems             none" in printed.err
    assert b"written to           standard output" in printed.err
    give(printed.out, monkeypatch)
    assert main(["check", "-", "--input-format", ".obj"]) == 0
    assert b"problems             none" in capsysbinary.readouterr().out


def test_errors_call_it_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    give(b"no mesh", monkeypatch)
    assert main(["check", "-", "--input-format", "ply"]) == 2
    assert capsys.readouterr().err.startswith("occnet: error: standard input does not begin with the word 'ply'")
    give(b"", monkeypatch)
    assert main(["check", "-", "--input-format", "ply", "--json"]) == 2
    printed = capsys.readouterr()
    assert '"input": "-"' in printed.out
    assert '"error": "standard input is empty' in printed.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["check", "-"], "add --input-format ply"),
        (["check", "-", "open.ply", "--input-format", "ply"], "is one file and goes with no other"),
        (["check", "open.ply", "--input-format", "ply"], "--input-format is for standard input"),
        (["check", "-", "--input-format", "doc"], "standard input has the suffix .doc"),
        (["repair", "open.ply", "-o", "-", "--json"], "cannot hold both the mesh (-o -) and --json"),
        (["repair", "open.ply", "open.ply", "-o", "-"], "Several meshes are to be written"),
        (["repair", ".", "-o", "-"], "Several meshes are to be written"),
    ],
)
def test_what_does_not_go_together_is_said(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(b"something", monkeypatch)
    assert main(arguments) == 2
    assert expected in capsys.readouterr().err


def test_no_mesh_is_poured_over_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["repair", "open.ply", "-o", "-"]) == 2
    assert "Standard output is a terminal" in capsys.readouterr().err
