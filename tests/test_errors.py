"""Whatever a library raises over one item is that item's failure; what is no fault of it is not."""

from __future__ import annotations

import errno
import lzma
import zlib

import pytest

from occnet.errors import DatasetError, FileError, OccnetError, failing_as


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (zlib.error("Error -3 while decompressing data"), "a.ply is damaged, .* (Error -3 while decompressing data)"),
        (lzma.LZMAError("Corrupt input data\nand more"), "(Corrupt input data)"),
        (NotImplementedError("zip file version 9.9"), "(zip file version 9.9)"),
        (KeyError("data:"), "('data:' is not in it)"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.ply"), "(No such file or directory)"),
        (ZeroDivisionError(), "(ZeroDivisionError)"),
        (ValueError("x" * 999), "x" * 120 + ")"),
        (MemoryError(), "a.ply takes more memory than there is"),
        (RecursionError("maximum recursion depth exceeded"), "a.ply is nested too deep"),
    ],
)
def test_what_a_library_raises_is_said_in_one_short_line(problem: Exception, said: str) -> None:
    with pytest.raises(FileError, match=said.replace("(", r"\(").replace(")", r"\)")) as caught, failing_as(FileError, "a.ply"):
        raise problem
    assert caught.value.__cause__ is problem
    assert len(str(caught.value)) < 250


def test_our_own_errors_and_a_full_disk_pass_as_they_are() -> None:
    own = DatasetError("the dataset is damaged")
    with pytest.raises(DatasetError) as caught, failing_as(FileError, "a.ply"):
        raise own
    assert caught.value is own
    for number in (errno.ENOSPC, errno.EMFILE):
        with pytest.raises(OSError, match="it is full") as failed, failing_as(FileError, "a.ply"):
            raise OSError(number, "it is full")
        assert not isinstance(failed.value, OccnetError)
    with pytest.raises(KeyboardInterrupt), failing_as(FileError, "a.ply"):
        raise KeyboardInterrupt
