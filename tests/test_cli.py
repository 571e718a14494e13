"""The command line says what it does, does it, and says in one sentence why it could not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet import cli
from occnet.files import read_mesh, write_mesh
from occnet.mesh import Mesh
from occnet.networks.checkpoint import shipped_models
from occnet.pipeline.reconstruct import reconstruct as reconstruction
from occnet.verbs import Verb
from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND


def sphere_cloud(count: int = 1000) -> np.ndarray:
    directions = np.random.default_rng(0).normal(size=(count, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def plane() -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(500, 3)) * [1.0, 1.0, 0.0]


HEAVY = {"torch", "numpy", "scipy", "trimesh", "PIL"}


def without_heavy(commands: str) -> subprocess.CompletedProcess[str]:
    """What a process says that runs these commands and then fails if anything heavy was imported."""
    code = f"import sys\nfrom occnet.cli import main\n{commands}\nsys.exit(str(sorted({HEAVY} & set(sys.modules)) or ''))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


def test_the_program_explains_itself_without_loading_anything_heavy():
    done = without_heavy("main(['--help']); main(['--version']); assert 'tyro' not in sys.modules")
    assert done.stderr.strip() == ""
    for name in cli.VERBS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("verb", list(cli.VERBS))
def test_each_verb_explains_itself_without_loading_anything_heavy(verb: str):
    done = without_heavy(f"try: main(['{verb}', '--help'])\nexcept SystemExit: pass")
    assert done.stderr.strip() == ""
    assert done.stdout.startswith(f"usage: occnet {verb} ")


@pytest.mark.parametrize("verb", list(cli.VERBS))
def test_each_verb_explains_each_of_its_arguments(
    verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "400")  # one line for each argument
    with pytest.raises(SystemExit) as ended:
        cli.main([verb, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: occnet {verb} ")
    lines = "\n".join(line.strip("│ ") for line in text.splitlines()[1:])
    _, *arguments = re.split(r"\n(?=--?\w|[A-Z]+  )", lines)
    assert len(arguments) >= (1 if verb == "doctor" else 2)  # --help, at least; only doctor asks for nothing
    for argument in arguments:
        _, explanation = re.split(r"\n|  ", argument, maxsplit=1)
        assert len(explanation.split("(default")[0].split("(required")[0].split()) >= 1, f"{argument!r} has no explanation"


def error_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error of a command that has to fail with code 2 and print nothing else."""
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("occnet: error: ")
    assert printed.err.count("\n") == 1
    return printed.err.removeprefix("occnet: error: ").strip()


NO_HEIGHTS = b"\n".join(b"%f %f nan" % (x, y) for x, y, _ in sphere_cloud(50))
BAD_SCANS = {
    "empty.ply": (b"", r"empty.ply is empty (0 bytes)"),
    "one.xyz": (b"1 2 3\n", "1 points are too few for a surface; give at least 32"),
    "text.ply": (b"Dear reader, this is no scan.\n", "does not begin with the word 'ply'"),
    "holes.xyz": (NO_HEIGHTS, "50 of its 50 points are NaN or infinite"),
    "flat.csv": ("\n".join(f"{x},{y},{z}" for x, y, z in plane()).encode(), "all points lie in one plane"),
    "scan.las": (b"LASF", "scan.las does not begin with the header of a LAS or LAZ file"),
    "scan.fls": (b"FARO", "scan.fls"),
    "scan.docx": (b"PK", "has the suffix .docx, but a point cloud is one of"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_SCANS)
def test_bad_scans_end_in_one_sentence_and_leave_nothing_behind(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    content, expected = BAD_SCANS[name]
    (tmp_path / name).write_bytes(content)
    message = error_of(["reconstruct", str(tmp_path / name), "-o", str(tmp_path / "mesh.ply")], capsys)
    assert str(tmp_path / name) in message
    assert expected in message
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["reconstruct", "missing.ply", "-o", "mesh.ply"], "There is no file missing.ply"),
        (["reconstruct", ".", "-o", "mesh.ply"], "Several meshes are to be written, but mesh.ply is the name of one"),
        (["reconstruct", "-o", "mesh.ply"], "No file is named"),
        (["check"], "No file is named"),
        (["reconstruct", "scan.xyz", "-o", "mesh.pdf"], "mesh.pdf has the suffix .pdf, but a mesh to write is one of"),
        (["reconstruct", "scan.xyz", "-o", "nowhere/mesh.ply"], "The folder nowhere for mesh.ply does not exist"),
        (["reconstruct", "scan.xyz", "-o", "mesh.ply", "--model", "none"], "There is no model none"),
        (["reconstruct", "scan.xyz", "-o", "mesh.ply", "--device", "abacus"], "The device abacus is not available"),
        (["reconstruct", "scan.xyz", "-o", "mesh.ply", "--device", "cpu:0x"], "cpu:0x is no device"),
        (["reconstruct", "scan.xyz", "-o", "mesh.ply", "--threshold", "2"], "between 0 and 1"),
        (["reconstruct", "scan.xyz", "-o", "mesh.ply", "--resolution", "0"], "at least 1 cell"),
        (["check", "missing.ply"], "There is no file missing.ply"),
        (["prepare", "-o", "out"], "either MESHES or --synthetic"),
        (["prepare", "missing", "-o", "out"], "missing does not exist"),
        (["train", "missing.toml", "-o", "out"], "missing.toml"),
        (["evaluate", "missing", "--model", "none"], "There is no model none"),
        (["reconstrct"], "did you mean reconstruct?"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    np.savetxt("scan.xyz", sphere_cloud())
    assert expected in error_of(arguments, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["scan.xyz"]


def test_wrong_arguments_end_with_code_2(capsys: pytest.CaptureFixture[str]):
    for arguments in (
        ["info"],
        ["check", "a.ply", "--bogus"],
        ["reconstruct", "a.ply", "-o", "b.ply", "--resolution", "many"],
    ):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 2
        assert "Traceback" not in capsys.readouterr().err


def test_an_interruption_ends_quietly_with_the_code_that_shells_expect(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def interrupted(_: Verb) -> Callable[..., int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Verb, "load", interrupted)
    assert cli.main(["check", "a.ply"]) == 130
    assert capsys.readouterr().err == "occnet: interrupted\n"


@pytest.mark.skipif(os.name != "posix", reason="other systems tell of unread output in other ways")
def test_output_that_nobody_reads_any_more_is_no_error(tmp_path: Path):
    made = trimesh.creation.box()
    write_mesh(tmp_path / "box.ply", Mesh(made.vertices, made.faces))
    unread, written = os.pipe()
    os.close(unread)  # as `occnet check box.ply | head -0`
    command = [sys.executable, "-m", "occnet", "check", str(tmp_path / "box.ply")]
    done = subprocess.run(command, stdout=written, stderr=subprocess.PIPE, check=False)
    os.close(written)
    assert done.stderr == b""
    assert done.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk at hand")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_onto_a_full_disk_is_one_sentence(unbuffered: str):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "occnet", "--version"], stdout=full, stderr=subprocess.PIPE, env=environment, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"occnet: error: what is printed cannot be written (No space left on device)")
    assert done.stderr.count(b"\n") == 1


def test_a_terminal_that_lacks_a_letter_is_shown_its_number(tmp_path: Path):
    dataset = tmp_path / "Åland"
    (dataset / "train").mkdir(parents=True)
    (dataset / "dataset.json").write_text('{"format": "occnet-dataset-1"}')
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "occnet", "info", str(dataset)], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"\\xc5land, format occnet-dataset-1" in done.stdout


def test_our_own_mistakes_are_not_hidden(monkeypatch: pytest.MonkeyPatch):
    def mistaken(_: Verb) -> Callable[..., int]:
        raise ZeroDivisionError

    monkeypatch.setattr(Verb, "load", mistaken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["check", "a.ply"])


def test_check_tells_a_solid_from_what_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ball = trimesh.creation.icosphere(subdivisions=2)
    write_mesh(tmp_path / "ball.obj", Mesh(ball.vertices, ball.faces))
    write_mesh(tmp_path / "open.obj", Mesh(ball.vertices, ball.faces[1:]))
    assert cli.main(["check", str(tmp_path / "ball.obj")]) == 0
    assert "problems             none" in capsys.readouterr().out
    assert cli.main(["check", str(tmp_path / "open.obj")]) == 1
    assert "3 boundary edges" in capsys.readouterr().out


def test_a_reconstruction_that_is_no_solid_is_written_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    box = trimesh.creation.box()
    opened = Mesh(np.asarray(box.vertices), np.asarray(box.faces[:-1]))
    monkeypatch.setattr(reconstruction, "mesh_of", lambda *_: opened)
    scan, mesh = tmp_path / "scan.ply", tmp_path / "mesh.ply"
    trimesh.PointCloud(np.random.default_rng(0).random((100, 3))).export(scan)
    assert cli.main(["reconstruct", str(scan), "-o", str(mesh)]) == EXIT_NOT_SOUND
    assert "is written, but it does not bound a solid: 3 boundary edges" in capsys.readouterr().err
    assert len(read_mesh(mesh).faces) == 11


def test_python_m_occnet_is_the_same_command(tmp_path: Path):
    done = subprocess.run([sys.executable, "-m", "occnet", "check", str(tmp_path / "none.ply")], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("occnet: error: There is no file ")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif("points" not in shipped_models(), reason="the weights of the model 'points' are not in this checkout")
def test_a_scan_far_from_the_origin_becomes_a_closed_mesh_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    center = np.array([5e5, -2e6, 300.0])
    np.savetxt(tmp_path / "scan.csv", sphere_cloud() * 20.0 + center, delimiter=",", header="x,y,z", comments="", fmt="%.6f")
    arguments = ["reconstruct", str(tmp_path / "scan.csv"), "-o", str(tmp_path / "mesh.ply"), "--resolution", "64"]
    assert cli.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "problems             none" in printed
    assert "agreement            good: " in printed
    mesh = read_mesh(tmp_path / "mesh.ply")
    assert mesh.volume == pytest.approx(4.0 / 3.0 * np.pi * 20.0**3, rel=0.06)
    np.testing.assert_allclose(mesh.bounds.mean(axis=0), center, atol=1.0)
