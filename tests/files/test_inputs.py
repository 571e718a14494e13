"""Files, folders and patterns name the files that are meant, and keep their folders apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from occnet.errors import FileError
from occnet.files.inputs import find_inputs, is_search


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of scans, in which the tests are: a/1.ply, a/2.XYZ, b/1.ply, b/deep/1.ply, and other files."""
    for name in ("a/1.ply", "a/2.XYZ", "b/1.ply", "b/deep/1.ply", "a/read.me", "b/.hidden.ply", ".git/1.ply"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path / "scans")
    return tmp_path / "scans"


def names(*given: str, leave_out: Path | None = None) -> list[str]:
    return [item.name.as_posix() for item in find_inputs(given, {".ply", ".xyz"}, leave_out).files]


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["a/1.ply"], ["1.ply"]),
        (["a/read.me"], ["read.me"]),  # who names a file means it
        (["."], ["a/1.ply", "a/2.XYZ", "b/1.ply", "b/deep/1.ply"]),
        (["b"], ["1.ply", "deep/1.ply"]),
        (["a", "b"], ["a/1.ply", "a/2.XYZ", "b/1.ply", "b/deep/1.ply"]),
        (["a/*"], ["1.ply", "2.XYZ"]),
        (["*/1.ply"], ["a/1.ply", "b/1.ply"]),
        (["**/*.ply"], ["a/1.ply", "b/1.ply", "b/deep/1.ply"]),
        (["**"], ["a/1.ply", "a/2.XYZ", "b/1.ply", "b/deep/1.ply"]),  # a folder and what lies in it: once
        (["b/d*"], ["deep/1.ply"]),
        (["b/[0-9].ply", "a/2.XYZ", "b/1.ply"], ["1.ply", "2.XYZ"]),
    ],
)
def test_names_lead_from_what_was_given(given: list[str], expected: list[str]) -> None:
    assert names(*given) == expected


def test_files_of_other_kinds_are_counted(scans: Path) -> None:
    found = find_inputs([str(scans)], {".xyz"})
    assert [item.path for item in found.files] == [scans / "a" / "2.XYZ"]
    assert found.passed_over == 4


def test_a_name_with_brackets_is_a_file_where_there_is_one(scans: Path) -> None:
    (scans / "scan[1].ply").touch()
    assert names("scan[1].ply") == ["scan[1].ply"]
    assert not is_search("scan[1].ply")
    assert is_search("scan[2].ply")


def test_the_folder_of_results_is_not_searched_where_it_lies_among_the_inputs(scans: Path) -> None:
    assert names(".", leave_out=scans / "b") == ["a/1.ply", "a/2.XYZ"]
    assert names("*", leave_out=scans / "b") == ["a/1.ply", "a/2.XYZ"]
    assert names("b", leave_out=scans / "b") == ["1.ply", "deep/1.ply"]  # who names it means it


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such links")
def test_links_are_followed_but_not_in_circles(scans: Path) -> None:
    (scans / "b" / "deep" / "up").symlink_to(scans / "b")
    (scans / "c").symlink_to(scans / "a")
    assert names(".") == ["a/1.ply", "a/2.XYZ", "b/1.ply", "b/deep/1.ply", "c/1.ply", "c/2.XYZ"]


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], "No file is named"),
        (["a", "missing.ply"], "There is no file missing.ply"),
        (["*.ply"], r"Nothing is called like \*\.ply"),
        (["a/*.me"], r"a/\*\.me holds no file that can be read \(\.ply, \.xyz"),
    ],
)
def test_what_names_nothing_is_refused(given: list[str], expected: str) -> None:
    with pytest.raises(FileError, match=expected):
        names(*given)
