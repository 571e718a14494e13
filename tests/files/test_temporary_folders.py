"""Temporary folders go with their process, even one that was killed, and nobody else's go."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from occnet.files import temporary_folders
from occnet.files.temporary_folders import MARK, PREFIX, TemporaryFolder

HOLDS_ONE = (
    "from occnet.files.temporary_folders import TemporaryFolder\n"
    "import sys\nwith TemporaryFolder() as folder:\n"
    "    (folder / 'big').write_text('x'); print(folder, flush=True); sys.stdin.read()"
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(temporary_folders, "_swept", set())
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_a_folder_goes_with_its_block_or_with_what_holds_it(place: Path) -> None:
    with TemporaryFolder() as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "file").write_text("x")
        assert folder.parent == place
    held = TemporaryFolder()
    assert held.path.is_dir()
    del held
    assert list(place.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="elsewhere files have no such locks")
def test_what_a_killed_process_left_is_removed_by_the_next_one_and_nothing_else(place: Path) -> None:
    killed, living = (
        subprocess.Popen([sys.executable, "-c", HOLDS_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    )
    assert killed.stdout is not None
    assert living.stdout is not None
    left, used = (Path(process.stdout.readline().strip()) for process in (killed, living) if process.stdout)
    killed.kill()
    killed.wait()
    (place / f"{PREFIX}of-somebody").mkdir()
    (place / "other").mkdir()
    (place / f"{PREFIX}link").symlink_to(place / "other")
    (place / "other" / MARK).write_text("")
    assert (left / "big").exists()
    with TemporaryFolder() as own:
        assert not left.exists()
        assert (used / "big").exists()
        assert {path.name for path in place.iterdir()} == {
            own.name,
            used.name,
            f"{PREFIX}of-somebody",
            "other",
            f"{PREFIX}link",
        }
    living.communicate("")
    assert not used.exists()
