"""A folder is one process's alone for as long as that one works in it, and no longer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from occnet.errors import DatasetError, FileError
from occnet.files import locks
from occnet.files.locks import LOCK, sole_use

BUSY = DatasetError("another process has it")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere an open file cannot be removed")


def test_a_folder_is_made_and_nobody_else_gets_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with sole_use(folder, BUSY):
        with pytest.raises(DatasetError, match="another process has it"), sole_use(folder, BUSY):
            pass
        assert (folder / LOCK).exists()  # who was refused took nothing away
    assert list(folder.iterdir()) == []
    with sole_use(folder, BUSY):
        pass


def test_a_process_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from occnet.files.locks import sole_use, OccnetError\n"
        "with sole_use(Path(sys.argv[1]), OccnetError('busy')):\n    print('has it', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"has it\n"
    with pytest.raises(DatasetError, match="another process has it"), sole_use(tmp_path, BUSY):
        pass
    process.kill()
    process.wait()
    with sole_use(tmp_path, BUSY):
        pass


@pytest.mark.parametrize("third", [False, True])
def test_a_lock_that_was_removed_while_it_was_waited_for_is_none(
    third: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder ends, and with it its file, between the opening and the locking of a waiter; a third may come in between."""
    path, through, held = tmp_path / LOCK, locks._lock, list[TextIO]()

    def lock(file: TextIO) -> None:
        if not held:
            path.unlink()
            held.append(path.open("w") if third else file)
            through(held[0])
        if file is not held[0]:
            through(file)

    monkeypatch.setattr(locks, "_lock", lock)
    if third:
        with pytest.raises(DatasetError, match="another process"), sole_use(tmp_path, BUSY):
            pass
        assert path.exists()
        held[0].close()
    with sole_use(tmp_path, BUSY), pytest.raises(DatasetError, match="another process"), sole_use(tmp_path, BUSY):
        pass
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / ("x" * 300), tmp_path / "file" / "inner"):
        with pytest.raises(FileError, match=r"cannot be written to .*; name another folder"), sole_use(folder, BUSY):
            pass
