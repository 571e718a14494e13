"""A file is written whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from occnet.errors import FileError
from occnet.files import atomic_path, check_mesh_destination, read_cloud, read_mesh
from occnet.files.atomic import check_folder_of
from occnet.files.images import read_image
from occnet.files.opening import check_readable
from occnet.files.settings import read_settings
from occnet.files.voxel_grids import read_voxels


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


def test_names_as_long_as_the_system_allows_are_written_and_longer_ones_refused_before_the_work(tmp_path: Path):
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    for name in ("y" * (longest - 4) + ".ply", "y" * longest, "." + "é" * (longest // 2), "a." + "z" * (longest - 2)):
        with atomic_path(tmp_path / name) as temporary:
            temporary.write_text("new")
        assert (tmp_path / name).read_text() == "new"
    for name in ("y" * (longest + 1), "zero\0byte"):
        with pytest.raises(FileError, match=r"cannot be written \(.*\); give another name"):
            check_folder_of(tmp_path / name)
        with pytest.raises(FileError, match=r"cannot be opened \(File name too long\)|There is no file"):
            check_readable(tmp_path / name)


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "old.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("there/old.txt")
    (tmp_path / "second.txt").symlink_to("link.txt")
    (tmp_path / "dangling.txt").symlink_to("there/none.txt")
    for name, target in (("second.txt", "old.txt"), ("dangling.txt", "none.txt")):
        with atomic_path(tmp_path / name) as temporary:
            assert temporary.parent == tmp_path / "there"
            temporary.write_text("new")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "there" / target).read_text() == "new"
    assert sorted(os.listdir(tmp_path / "there")) == ["none.txt", "old.txt"]
    (tmp_path / "circle.txt").symlink_to("circle.txt")
    (tmp_path / "nowhere.txt").symlink_to("missing/a.txt")
    for name, reason in (("circle.txt", "symbolic links"), ("nowhere.txt", "missing for a.txt does not exist")):
        with pytest.raises(FileError, match=reason):
            check_folder_of(tmp_path / name)


def test_a_pipe_is_written_through(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.txt")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe.txt").read_bytes()))
    reader.start()
    with atomic_path(tmp_path / "pipe.txt") as temporary:
        assert temporary.suffix == ".txt"
        temporary.write_bytes(b"through")
    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe.txt").st_mode)
    assert os.listdir(tmp_path) == ["pipe.txt"]


def test_a_full_device_is_a_file_error_and_stays_a_device():
    with pytest.raises(FileError, match="No space left"), atomic_path("/dev/full") as temporary:
        temporary.write_text("new")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_the_mode_of_a_replaced_file_stays(tmp_path: Path, mode: int):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "a.txt").chmod(mode)
    with atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_another_writes_is_not(tmp_path: Path):
    code = """
import os, signal, sys
from occnet.files.atomic import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half")
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print("ready", flush=True)
    sys.stdin.read()
    temporary.write_text("whole")
"""
    command = [sys.executable, "-c", code, str(tmp_path / "a.txt")]
    assert subprocess.run([*command, "killed"], check=False).returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 1
    with subprocess.Popen([*command, "alive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        left = os.listdir(tmp_path)
        assert len(left) == 1  # its own: what the first one left is gone
        with atomic_path(tmp_path / "b.txt") as temporary:
            temporary.write_text("new")
        assert sorted(os.listdir(tmp_path)) == sorted([*left, "b.txt"])
        other.communicate("")
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.txt"]


@pytest.fixture
def protected() -> Iterator[Path]:
    """A folder in which files lie that may not be read; the test runs as somebody who has no rights to them."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for name in ("a.ply", "a.npy", "a.npz", "a.png", "a.binvox", "a.yaml", "a.xyz", "a.glb"):
            (Path(folder) / name).write_text("secret")
            (Path(folder) / name).chmod(0)
        os.chmod(folder, 0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)
            os.chmod(folder, 0o755)


def test_without_permission_every_door_says_so(protected: Path):
    doors: list[tuple[Callable[[Path], object], str]] = [(read_settings, ".yaml"), (read_image, ".png")]
    doors += [(read_voxels, suffix) for suffix in (".binvox", ".npy")] + [(read_mesh, suffix) for suffix in (".ply", ".glb")]
    doors += [(read_cloud, suffix) for suffix in (".ply", ".npy", ".npz", ".xyz", ".glb")]
    for read, suffix in doors:
        with pytest.raises(FileError, match=r"cannot be opened \(Permission denied\); check the path and its rights"):
            read(protected / f"a{suffix}")
    for path in (protected / "new.ply", protected / "a.ply"):
        with pytest.raises(FileError, match=r"cannot be written, for .* is protected"):
            check_mesh_destination(path)
