"""A file is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from occnet.errors import FileError
from occnet.files import atomic_path


def test_the_file_takes_its_name_only_when_it_is_whole(tmp_path: Path):
    target = tmp_path / "result.ply"
    target.write_text("old")
    with atomic_path(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".ply"
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["result.ply"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_after_an_error_the_old_file_stays_and_nothing_else(tmp_path: Path, error: type[BaseException]):
    target = tmp_path / "result.ply"
    target.write_text("old")

    def write_half() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["result.ply"]


def test_a_full_or_closed_disk_is_a_file_error(tmp_path: Path):
    with (
        pytest.raises(FileError, match=r"result\.ply could not be written \(No space left"),
        atomic_path(tmp_path / "result.ply"),
    ):
        raise OSError(28, "No space left on device")
    assert not os.listdir(tmp_path)


def test_missing_folders_and_folders_in_place_of_files_are_named(tmp_path: Path):
    with (
        pytest.raises(FileError, match=r"folder .*nowhere for a\.ply does not exist"),
        atomic_path(tmp_path / "nowhere" / "a.ply"),
    ):
        pass
    with pytest.raises(FileError, match="is a folder"), atomic_path(tmp_path):
        pass


def test_the_new_file_has_the_rights_of_any_new_file(tmp_path: Path):
    (tmp_path / "plain").write_text("")
    with atomic_path(tmp_path / "atomic") as temporary:
        temporary.write_text("")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode
