"""A folder lists each of its files once, whatever links are in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from occnet.data.mesh_files.folders import files_below
from occnet.errors import FileError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="not everybody may make links elsewhere")


def listed(folder: Path) -> list[str]:
    found = list(files_below(folder))
    assert all(path.read_text() == path.resolve().name for _, path in found)
    return sorted(name for name, _ in found)


def add(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(path.name)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    add(tmp_path / "in" / "a")
    add(tmp_path / "in" / "deep" / "b")
    for name in ("in/one", "in/two", "in/deep/up"):
        (tmp_path / name).symlink_to(tmp_path / "in")
    (tmp_path / "in" / "out").symlink_to(tmp_path)  # above it, from where it is reached again
    assert listed(tmp_path / "in") == ["a", "deep/b"]


def test_what_is_there_twice_by_a_link_has_its_own_name_alone(tmp_path: Path) -> None:
    add(tmp_path / "in" / "z" / "a")
    (tmp_path / "in" / "b").symlink_to(tmp_path / "in" / "z")
    (tmp_path / "in" / "c").symlink_to(tmp_path / "in" / "z" / "a")
    assert listed(tmp_path / "in") == ["z/a"]


def test_what_lies_elsewhere_is_listed_once_by_the_first_link(tmp_path: Path) -> None:
    add(tmp_path / "store" / "a")
    add(tmp_path / "store" / "b")
    add(tmp_path / "store" / ".c")
    (tmp_path / "in").mkdir()
    for name, target in (("1", "store/a"), ("2", "store"), ("3", "store"), ("4", "store/.c"), ("5", "store/a")):
        (tmp_path / "in" / name).symlink_to(tmp_path / target)
    assert listed(tmp_path / "in") == ["1", "2/b", "4"]


def test_files_with_two_hard_links_stay_two(tmp_path: Path) -> None:
    add(tmp_path / "a")
    os.link(tmp_path / "a", tmp_path / "b")
    assert sorted(name for name, _ in files_below(tmp_path)) == ["a", "b"]


def test_links_that_lead_nowhere_are_listed(tmp_path: Path) -> None:
    (tmp_path / "gone.ply").symlink_to(tmp_path / "nothing")
    (tmp_path / "itself.ply").symlink_to(tmp_path / "itself.ply")
    assert sorted(name for name, _ in files_below(tmp_path)) == ["gone.ply", "itself.ply"]


def test_a_folder_that_may_not_be_searched_is_listed_or_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path / "a")
    add(tmp_path / "closed" / "b")
    through = os.scandir

    def refused(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return through(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert [name for name, _ in files_below(tmp_path)] == ["a", "closed"]
    with pytest.raises(FileError, match=r"closed' cannot be searched \(Permission denied\)"):
        list(files_below(tmp_path / "closed"))
