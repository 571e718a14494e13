"""`occnet reconstruct` of many files: one load of the model, folders kept, failures told, nothing lost."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from occnet.cli import main
from occnet.files import Cloud, read_mesh, write_cloud
from occnet.pipeline.many import reconstructing
from occnet.pipeline.many.crew import Crew
from occnet.pipeline.many.reconstructing import plan_reconstructions
from occnet.pipeline.reconstruct import reconstruct as reconstruction
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from tests.sphere_model import SphereModel

SMALL = ["--resolution", "24"]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were loaded; each of them sees a ball in everything."""
    names: list[str] = []

    def load(name: str, _: Any) -> SphereModel:
        names.append(name)
        return SphereModel()

    monkeypatch.setattr(reconstructing, "load_model", load)
    monkeypatch.setattr(reconstruction, "load_model", load)
    reconstructing._loaded.cache_clear()
    return names


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with scans in two folders of it, in the folder where the tests are."""
    monkeypatch.chdir(tmp_path)
    for name in ("a/x.xyz", "b/x.xyz", "b/y.csv"):
        write_scan(tmp_path / "scans" / name)
    return tmp_path / "scans"


def write_scan(path: Path) -> None:
    points = np.random.default_rng(0).standard_normal((200, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, points / np.linalg.norm(points, axis=1, keepdims=True), delimiter="," if path.suffix == ".csv" else " ")


def meshes(folder: str) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("scans")
def test_a_folder_becomes_a_folder_of_meshes_by_one_model(loads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", "scans", "-o", "out/deep", *SMALL]) == 0
    assert meshes("out/deep") == ["a/x.ply", "b/x.ply", "b/y.ply"]
    assert loads == ["points"]
    assert read_mesh("out/deep/b/y.ply").volume == pytest.approx(4 / 3 * np.pi, rel=0.05)
    printed = capsys.readouterr()
    header, *rows, summary = printed.out.splitlines()
    assert [row.split()[0] for row in rows] == ["yes"] * 3
    assert [row[header.index("file") :] for row in rows] == ["scans/a/x.xyz", "scans/b/x.xyz", "scans/b/y.csv"]
    assert summary.startswith("3 of 3 files in out/deep. ")
    assert printed.err == ""  # it is no terminal


@pytest.mark.usefixtures("scans", "loads")
def test_patterns_and_several_folders_and_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", "scans/*/x.*", "-o", "out", "--format", "stl", "-q", *SMALL]) == 0
    assert meshes("out") == ["a/x.stl", "b/x.stl"]
    assert main(["reconstruct", "scans/a", "scans/b/y.csv", "-o", "two", "-q", *SMALL]) == 0
    assert meshes("two") == ["a/x.ply", "y.ply"]
    assert main(["reconstruct", "scans/b/y.csv", "-o", "one/", "-q", *SMALL]) == 0
    assert meshes("one") == ["y.ply"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("loads")
def test_what_fails_is_listed_at_the_end_and_the_others_are_written(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (scans / "a" / "bad.ply").write_text("no scan")
    (scans / "a" / "notes.md").touch()
    assert main(["reconstruct", "scans", "-o", "out", *SMALL]) == 1
    assert meshes("out") == ["a/x.ply", "b/x.ply", "b/y.ply"]
    printed = capsys.readouterr()
    assert "FAILED" in printed.out
    assert "3 of 4 files in out; 1 failed; 1 file of other kinds passed over." in printed.out
    first, second = printed.err.splitlines()
    assert first == "occnet: 1 of 4 files failed:"
    assert second.startswith("  scans/a/bad.ply does not begin with the word 'ply'")
    assert main(["reconstruct", "scans", "-o", "out", "-q", *SMALL]) == 1
    assert capsys.readouterr() == ("", printed.err)


@pytest.mark.usefixtures("loads")
def test_a_fault_of_ours_costs_one_file_and_is_not_hidden(
    scans: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reconstruction.mesh_of

    def mistaken(*arguments: Any) -> Any:
        return 1 / 0 if str(Path("scans/b/x.xyz")) in arguments else whole(*arguments)

    monkeypatch.setattr(reconstruction, "mesh_of", mistaken)
    assert main(["reconstruct", "scans", "-o", "out", "-q", *SMALL]) == 1
    assert meshes("out") == ["a/x.ply", "b/y.ply"]
    told = capsys.readouterr().err
    assert "a fault of occnet itself (ZeroDivisionError: division by zero)" in told
    assert "Traceback" in told
    with pytest.raises(ZeroDivisionError):  # and alone, it ends as any other
        main(["reconstruct", "scans/b/x.xyz", "-o", "mesh.ply"])
    assert scans.exists()


@pytest.mark.usefixtures("loads")
def test_json_is_a_line_for_each_file(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (scans / "a" / "bad.ply").write_text("no scan")
    assert main(["reconstruct", "scans", "-o", "out", "--json", *SMALL]) == 1
    bad, good, *others = lines(capsys.readouterr().out)
    assert set(bad) == {"input", "output", "error"}
    assert bad["input"] == str(Path("scans/a/bad.ply"))
    assert bad["error"].startswith(bad["input"])
    assert (good["input"], good["output"]) == (str(Path("scans/a/x.xyz")), str(Path("out/a/x.ply")))
    assert good["solid"] is True
    assert good["certificate"]["faces"] == len(read_mesh(good["output"]).faces)
    assert good["certificate"]["problems"] == {}
    assert good["notes"] == []
    assert good["agreement"]["verdict"] == "good"
    assert list(good["seconds"]) == ["load model", "read", "reconstruct", "certify", "compare", "write"]
    assert len(others) == 2
    assert main(["reconstruct", "scans", "-o", "out", "--json", "--keep-existing", *SMALL]) == 1
    assert sum(line.get("kept", False) for line in lines(capsys.readouterr().out)) == 3


@pytest.mark.usefixtures("scans", "loads")
def test_json_of_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", "scans/a/x.xyz", "-o", "mesh.obj", "--json", *SMALL]) == 0
    (only,) = lines(capsys.readouterr().out)
    assert (only["input"], only["output"], only["solid"]) == ("scans/a/x.xyz", "mesh.obj", True)
    assert main(["reconstruct", "scans/none.xyz", "-o", "mesh.obj", "--json", *SMALL]) == 2
    printed = capsys.readouterr()
    (only,) = lines(printed.out)
    assert only == {"input": "scans/none.xyz", "output": "mesh.obj", "error": only["error"]}
    assert printed.err == f"occnet: error: {only['error']}\n"


@pytest.mark.usefixtures("scans")
def test_what_is_there_is_kept_on_request(loads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", "scans", "-o", "out", *SMALL]) == 0
    Path("out/b/x.ply").write_text("mine")
    Path("out/a/x.ply").unlink()
    Path("out/b/y.ply").write_text("")  # of nothing that writes whole files
    capsys.readouterr()
    assert main(["reconstruct", "scans", "-o", "out", "--keep-existing", *SMALL]) == 0
    out = capsys.readouterr().out
    assert "3 of 3 files in out; 1 kept from before." in out
    assert "scans/b/x.xyz" not in out
    assert Path("out/b/x.ply").read_text() == "mine"
    assert len(read_mesh("out/a/x.ply").faces) == len(read_mesh("out/b/y.ply").faces) > 100
    loads.clear()
    reconstructing._loaded.cache_clear()
    assert main(["reconstruct", "scans/b/x.xyz", "-o", "out/b/x.ply", "--keep-existing"]) == 0
    assert Path("out/b/x.ply").read_text() == "mine"
    assert loads == []


@pytest.mark.usefixtures("loads")
def test_an_interruption_leaves_what_is_finished_and_says_how_much(
    scans: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_scan(scans / "a" / "second.xyz")
    whole = reconstruction.mesh_of
    left = iter([True, True])

    def interrupted(*arguments: Any) -> Any:
        if next(left, False):
            return whole(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(reconstruction, "mesh_of", interrupted)
    assert main(["reconstruct", "scans", "-o", "out", *SMALL]) == 130
    assert meshes("out") == ["a/second.ply", "a/x.ply"]
    assert all(len(read_mesh(f"out/{name}").faces) > 100 for name in meshes("out"))
    assert capsys.readouterr().err == "occnet: interrupted; 2 of 4 files finished and whole.\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["scans/a/x.xyz", "scans/b/x.xyz", "-o", "out"], "would both become out/x.ply; name the folder in which both lie"),
        (["scans/b/x.xyz", "scans/b/x.ply", "-o", "out"], "would both become out/x.ply; rename one of them"),
        (["scans/b/x.xyz", "scans/b/X.xyz", "-o", "out"], "would both become"),
        (["scans", "-o", "mesh.ply"], "mesh.ply is the name of one; name a folder"),
        (["scans", "-o", "scans/b/y.csv"], "scans/b/y.csv is a file, but several meshes are to be written"),
        (["scans/a", "-o", "scans/b/y.csv/out"], "scans/b/y.csv/out cannot be made"),
        (["scans/a/x.xyz", "-o", "mesh.ply", "--format", "obj"], "does not end in .obj"),
        (["scans/a", "-o", "out", "--workers", "0"], "at least 1 worker"),
        (["scans/a", "-o", "out", "--device", "abacus"], "The device abacus is not available"),
        (["scans/a/x.xyz", "scans/a/none.xyz", "-o", "out"], "There is no file scans/a/none.xyz"),
        (["scans/b/x.ply", "-o", "scans/b/x.ply"], "scans/b/x.ply is an input, which would be lost"),
        (["scans/b/x.ply", "-o", "scans/../scans/b/x.ply"], "is the same file as the input scans/b/x.ply"),
        (["scans/b/x.ply", "-o", "link.ply"], "link.ply is the same file as the input scans/b/x.ply"),
        (["link.ply", "-o", "scans/b/x.ply"], "scans/b/x.ply is the same file as the input link.ply"),
        (["scans/b/x.ply", "-o", "hard.ply"], "hard.ply is the same file as the input scans/b/x.ply"),
        (["scans/*/x.ply", "-o", "scans"], "scans/b/x.ply is an input"),
        (["scans/*/x.ply", "-o", "same/"], "same/b/x.ply is the same file as the input scans/b/x.ply"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="other systems have no such links")
def test_what_would_lose_something_is_refused_before_any_work(
    arguments: list[str], expected: str, scans: Path, loads: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(scans / "b" / "x.ply")
    write_scan(scans / "b" / "X.xyz")
    Path("link.ply").symlink_to("scans/b/x.ply")
    os.link("scans/b/x.ply", "hard.ply")
    Path("same").symlink_to("scans")
    before = {path: path.read_bytes() for path in scans.rglob("*") if path.is_file()}
    assert main(["reconstruct", *arguments]) == 2
    printed = capsys.readouterr()
    assert expected in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert loads == []
    assert {path: path.read_bytes() for path in scans.rglob("*") if path.is_file()} == before
    assert meshes("out") == []


@pytest.mark.usefixtures("loads")
def test_pictures_beside_scans_are_taken_for_what_shows_them(
    scans: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (64, 64), "white").save(scans / "a" / "x.png")
    Image.new("RGB", (64, 64), "white").save(scans / "b" / "y.JPG")
    assert main(["reconstruct", "scans/*", "-o", "out", *SMALL]) == 0
    assert meshes("out") == ["a/x.ply", "b/x.ply", "b/y.ply"]
    assert "2 pictures beside the scans passed over (--model image reads pictures)" in capsys.readouterr().out
    named = plan_reconstructions(["scans/a", "scans/b/y.JPG"], "out", ReconstructOptions(), Crew())
    assert [job.source.name for job in named.jobs] == ["x.xyz", "y.JPG"]
    for name in ("a/x.xyz", "b/x.xyz", "b/y.csv"):
        (scans / name).unlink()
    assert len(plan_reconstructions(["scans"], "out", ReconstructOptions(), Crew()).jobs) == 2  # alone, they are photos
    write_scan(scans / "c.xyz")
    monkeypatch.setattr(SphereModel, "reads", "image")
    assert len(plan_reconstructions(["scans"], "out", ReconstructOptions(model="mine"), Crew()).jobs) == 2


@pytest.mark.usefixtures("scans")
def test_a_model_that_is_named_is_loaded_once_and_says_what_it_reads(
    loads: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SphereModel, "reads", "voxels")
    assert main(["reconstruct", "scans", "-o", "out", "--model", "mine"]) == 2
    assert "scans holds no file that can be read (.binvox, .npy, .npz" in capsys.readouterr().err
    assert loads == ["mine"]


@pytest.mark.usefixtures("scans")
def test_a_model_that_is_not_there_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", "scans", "-o", "out", "--model", "none"]) == 2
    assert "There is no model none" in capsys.readouterr().err
    assert not Path("out").exists()


@pytest.mark.usefixtures("scans", "loads")
def test_the_line_of_times_counts_the_start_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", "scans/a/x.xyz", "-o", "mesh.ply", *SMALL]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("time "))
    total, *phases = (float(number) for number in re.findall(r"(\d+\.\d\d) s", line))
    assert "(start-up " in line
    assert sum(phases) == pytest.approx(total, abs=0.1)


@pytest.mark.usefixtures("loads")
def test_the_results_of_before_are_no_inputs(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["reconstruct", "scans", "-o", "scans/out", *SMALL]) == 0
        assert "3 of 3 files" in capsys.readouterr().out
    assert not (scans / "out" / "out").exists()


@pytest.mark.usefixtures("scans", "loads")
@pytest.mark.skipif(os.name != "posix", reason="other systems have no such links, pipes and modes")
@pytest.mark.parametrize("way", ["link", "folder", "pipe", "mode"])
def test_links_and_pipes_are_written_through_and_modes_stay(way: str) -> None:
    def reconstructed(output: str) -> None:
        assert main(["reconstruct", "scans/a/x.xyz", "-o", output, "-q", *SMALL]) == 0

    reconstructed("right.ply")
    right = Path("right.ply").read_bytes()
    if way == "link":
        Path("away").mkdir()
        Path("link.ply").symlink_to("away/mesh.ply")
        reconstructed("link.ply")
        assert Path("link.ply").is_symlink()
        assert Path("away/mesh.ply").read_bytes() == right
    elif way == "folder":
        Path("away").mkdir()
        Path("out").symlink_to("away")
        assert main(["reconstruct", "scans", "-o", "out", "-q", *SMALL]) == 0
        assert Path("away/a/x.ply").read_bytes() == right
    elif way == "pipe":
        os.mkfifo("pipe.ply")
        received: list[bytes] = []
        reader = Thread(target=lambda: received.append(Path("pipe.ply").read_bytes()))
        reader.start()
        reconstructed("pipe.ply")
        reader.join(timeout=30)
        assert received == [right]
        assert Path("pipe.ply").is_fifo()
    else:
        Path("mine.ply").touch(mode=0o640)
        Path("mine.ply").chmod(0o604)
        reconstructed("mine.ply")
        assert stat.S_IMODE(Path("mine.ply").stat().st_mode) == 0o604
        assert Path("mine.ply").read_bytes() == right


def test_split_writes_each_thing_with_a_number(loads: list[str], scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = np.concatenate([np.loadtxt(scans / "a" / "x.xyz") + np.array([4.0, 0.0, 0.0]), np.loadtxt(scans / "b" / "x.xyz")])
    np.savetxt("two.xyz", both)
    assert main(["reconstruct", "two.xyz", "-o", "two.ply", "--split", *SMALL]) == 0
    assert "two_1.ply, two_2.ply" in capsys.readouterr().out
    middles = sorted(read_mesh(f"two_{number}.ply").bounds.mean(axis=0)[0] for number in (1, 2))
    np.testing.assert_allclose(middles, [0.0, 4.0], atol=0.1)
    assert not Path("two.ply").exists()
    assert main(["reconstruct", "two.xyz", str(scans / "a" / "x.xyz"), "-o", "out/", "--split", "--json", *SMALL]) == 0
    assert meshes("out") == ["two_1.ply", "two_2.ply", "x_1.ply"]
    told = lines(capsys.readouterr().out)
    assert [line["output"] for line in told] == ["out/two_1.ply", "out/x_1.ply"]
    assert told[0]["files"] == ["out/two_1.ply", "out/two_2.ply"]
    assert main(["reconstruct", "two.xyz", "-o", "out/", "--split", "--keep-existing", "--json", *SMALL]) == 0
    assert lines(capsys.readouterr().out)[0]["kept"]


def test_split_writes_over_no_input_and_not_to_a_stream(
    loads: list[str], scans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(Path("a_1.ply").with_suffix(".xyz"))
    both = np.concatenate([np.loadtxt("a_1.xyz"), np.loadtxt("a_1.xyz") + np.array([4.0, 0.0, 0.0])])
    write_cloud("a_2.ply", Cloud(both))
    before = Path("a_2.ply").read_bytes()
    assert main(["reconstruct", "a_2.ply", "-o", "a.ply", "--split", *SMALL]) == 2
    assert "a_2.ply is an input" in capsys.readouterr().err
    assert Path("a_2.ply").read_bytes() == before
    assert main(["reconstruct", "a_2.ply", "-o", "-", "--split", *SMALL]) == 2
    assert "--split writes several" in capsys.readouterr().err
