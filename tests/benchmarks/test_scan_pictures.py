"""docs/scans.md: each of its commands runs on a small scan of the kind that it is about, and its links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from occnet import cli

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "scans.md"
SHARE = {"land.xyz": 0.05, "room.pcd": 0.1, "table.ply": 0.1, "dense.ply": 0.02, "one_view.pcd": 0.2}
SHARE |= {f"view_{number}.pcd": 0.1 for number in (1, 2, 3, 4)}
SAID = {
    "one_view.pcd": "what its sensors saw",
    "view_1.pcd": "what its sensors saw",
    "table.ply": "things_2.ply",
    "land.xyz": "one sheet, as of a terrain",
    "room.pcd": "as of a room",
}


def _benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scan_pictures", ROOT / "benchmarks" / "scan_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCHMARK = _benchmark()
MADE = [command for command in BENCHMARK.commands() if " reconstruct " in command]
DRAWN = [command for command in BENCHMARK.commands() if " render " in command]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scans")


def test_the_page_is_about_all_scans() -> None:
    assert {word for command in MADE for word in shlex.split(command) if word in SHARE} == set(SHARE) == set(BENCHMARK.SCANS)
    assert len(MADE) + len(DRAWN) == len(BENCHMARK.commands())


@pytest.mark.parametrize("command", MADE, ids=lambda command: re.findall(r"-o (\S+)", command)[0])
def test_a_command_makes_what_the_page_says(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    words = shlex.split(command)
    scan = words[2]
    for word in words:
        if word in SHARE:
            BENCHMARK.SCANS[word](folder / word, SHARE[word])
    assert cli.main([*words[1:], "--resolution", "32"]) == 0
    printed = capsys.readouterr().out
    assert "problems             none" in printed
    if "--surface open" in command:
        assert "oriented             yes" in printed
    else:
        assert SAID.get(scan, "closed               yes") in printed


@pytest.mark.parametrize("command", DRAWN, ids=lambda command: shlex.split(command)[2])
def test_its_picture_is_drawn_and_kept(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    words = shlex.split(command)
    picture = words[words.index("-o") + 1]
    if not all((folder / word).exists() for word in words[2 : words.index("-o")]):
        pytest.skip("its mesh was not made in this run")
    size = int(words[words.index("--size") + 1])
    words[words.index("--size") + 1] = "64"
    assert cli.main(words[1:]) == 0
    files = words.index("-o") - 2
    assert Image.open(folder / picture).width == 64 * files
    assert Image.open(ROOT / "docs" / "images" / picture).width == size * files


def test_what_the_first_table_says_to_type_is_explained_below() -> None:
    text = PAGE.read_text(encoding="utf-8")
    short = [command for command in re.findall(r"^\|.*\| `(occnet [^`]*)` \|$", text, re.MULTILINE) if "scans/" not in command]
    assert len(short) > 4
    assert all(any(command.startswith(words) for command in MADE) for words in short)


def test_its_links_and_pictures_are_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for link in re.findall(r"\]\(([^)]*)\)", text):
        file, _, place = link.partition("#")
        assert not file or (PAGE.parent / file).exists(), link
        assert file or place in places, link
