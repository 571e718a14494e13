"""The tables of a run: cut where it goes on from, whole after a crash, and damage is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from occnet.errors import FileError
from occnet.pipeline.train.run_tables import LOSSES, SCORES, begin_table, read_table

HEAD = "step,loss,learning_rate,samples_per_second\n"


def table(folder: Path, text: str, name: str = LOSSES) -> Path:
    (folder / name).write_bytes(text.encode("latin-1"))
    return folder / name


def test_a_new_table_has_its_columns_alone(tmp_path: Path) -> None:
    for name in (LOSSES, SCORES):
        begin_table(tmp_path / name, 0)
        assert read_table(tmp_path / name) == []
    assert (tmp_path / SCORES).read_text() == "step,points,iou,threshold\n"


def test_what_a_run_wrote_after_its_checkpoint_is_cut_off(tmp_path: Path) -> None:
    path = table(tmp_path, HEAD + "50,0.5,1e-3,7\n100,0.25,1e-3,8\n150,0.2,1e-3,9\n")
    begin_table(path, 100)
    assert path.read_text() == HEAD + "50,0.5,1e-3,7\n100,0.25,1e-3,8\n"
    assert read_table(path)[1] == {"step": 100.0, "loss": 0.25, "learning_rate": 1e-3, "samples_per_second": 8.0}


@pytest.mark.parametrize("rest", ["1", "100,0.2", "100,0.25,1e-3,8", "\x00\x00"])
def test_a_line_that_was_being_written_as_the_machine_stopped_is_left_out(rest: str, tmp_path: Path) -> None:
    path = table(tmp_path, HEAD + "50,0.5,1e-3,7\n" + rest)
    assert [row["step"] for row in read_table(path)] == [50.0]
    begin_table(path, 100)
    assert path.read_text() == HEAD + "50,0.5,1e-3,7\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "50,0.5,1e-3,7\nnonsense\n100,0.25,1e-3,8\n", r"losses\.csv, line 3, is damaged: 'nonsense'"),
        (HEAD + "50,0.5,1e-3\n", "line 2, is damaged"),
        (HEAD + "50,0.5,1e-3,7,8\n", "line 2, is damaged"),
        (HEAD + "nan,0.5,1e-3,7\n", "line 2, is damaged"),
        (HEAD + "\x00\x00\n", "line 2, is damaged"),
        ("step,loss\n1,2\n", "begins with 'step,loss' instead of 'step,loss,learning_rate"),
        ("", "begins with ''"),
        (HEAD + "\xff\xfe\n", "cannot be read"),
    ],
)
def test_damage_is_named_and_nothing_is_dropped_unasked(text: str, message: str, tmp_path: Path) -> None:
    path = table(tmp_path, text)
    for use in (read_table, lambda path: begin_table(path, 10)):
        with pytest.raises(FileError, match=f"{message}.*move it away"):
            use(path)
    assert path.read_bytes() == text.encode("latin-1")
